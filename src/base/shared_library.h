#pragma once
#include <filesystem>
#include <string>

namespace zo {

/// The folder of the running program, where its own libraries lie.
std::filesystem::path program_folder();

/// A library of the program that only some runs need, loaded when one does. It stays loaded: what
/// was looked up may be called until the process ends.
class SharedLibrary {
 public:
  /// Whether other libraries find its symbols.
  enum class Symbols { Own, Shared };

  /// Loads `name` from `folder`, or from the library path where the folder has none. Never throws.
  static SharedLibrary open(const std::filesystem::path& folder,
                            const std::string& name,
                            Symbols symbols);

  bool is_open() const { return handle_ != nullptr; }
  /// No file of that name was found, as in a build without it.
  bool is_missing() const { return missing_; }
  /// "NAME cannot be loaded: " and the loader's own words; "" when it is open.
  const std::string& why_not() const { return why_not_; }
  /// Sets `function` to what `name` is in the library; whether it is there.
  template <class Function>
  bool look_up(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(find(name));
    return function != nullptr;
  }

 private:
  void* find(const char* name) const;

  void* handle_ = nullptr;
  bool missing_ = false;
  std::string why_not_;
};

}  // namespace zo
