#pragma once
#include <string>

namespace zo {

/// How the user called the program, for commands that are shown to be typed: "zotrain", "./zotrain"; as
/// one word of a shell.
const std::string& called();
/// Told once, by main: argv[0].
void set_called(const std::string& name);

/// `message` with the commands in it, which stand as "`zotrain VERB …`", as the user would type them.
std::string as_called(std::string message);

/// `text` as one word of a shell: as it is, or in quotes where it needs them.
std::string shell_word(const std::string& text);

}  // namespace zo
