#pragma once
#include <string>

#include "data/dataset.h"

namespace zo {

/// Writes the first `columns` pictures of each class to the PNG file `path` (8-bit RGB): one row a
/// class, in order of the labels, behind its name where it has one; pictures at twice their size.
/// Places without a picture stay black. The file appears whole or not at all. Throws Error(Usage)
/// for columns < 1 or grey pictures, and Error(Run) when the file cannot be written.
void write_contact_sheet(const Dataset& data, int columns, const std::string& path);

}  // namespace zo
