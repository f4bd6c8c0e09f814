#pragma once
#include <optional>
#include <string>

#include "src/fetch/sources.h"
#include "src/fetch/transport.h"

namespace zo {

/// The name that a member of an archive gets inside `folder`; "" for the folder itself. Throws
/// Error(Run) for whatever is neither that folder nor a plain file directly in it, so that nothing
/// lands elsewhere.
std::string name_of_member(const std::string& member, ZoMemberKind kind, const std::string& folder);

/// Unpacks the archive of a CIFAR set into a new folder in `directory`, verifies it there, and gives it
/// its name: whole or not at all. What it holds, or nothing where a signal came first. Throws Error(Run)
/// with the reason.
std::optional<std::string> unpack(const Transport& transport,
                                  const Source& source,
                                  const std::string& archive,
                                  const std::string& directory);

}  // namespace zo
