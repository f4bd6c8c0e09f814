# What every part of the library is built with. The program includes it, and the Python package, which takes only the
# parts without LibTorch.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)

# fmt is used header-only everywhere: the torch wheel carries its own, newer fmt headers, and a linked
# library of another version would leave undefined symbols.
get_filename_component(_zo_root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
add_library(zo_options INTERFACE)
target_include_directories(zo_options INTERFACE "${_zo_root}")
target_compile_features(zo_options INTERFACE cxx_std_20)
target_compile_options(zo_options INTERFACE -Wall -Wextra -Wno-unknown-pragmas)
target_link_libraries(zo_options INTERFACE fmt::fmt-header-only Threads::Threads)

# zo_add_library(NAME FOLDER…): a static library of every source in these folders, so that a new file needs no
# line here.
function(zo_add_library name)
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  list(TRANSFORM ARGN APPEND "/*.cc")
  file(GLOB sources CONFIGURE_DEPENDS ${ARGN})
  add_library(${name} STATIC ${sources})
endfunction()
