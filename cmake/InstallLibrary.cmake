# libzotrain.so with the header <zotrain/minimize.h>, as the CMake package zotrain (target zotrain::zotrain)
# and as the pkg-config module zotrain.
# Its own component, so that it installs without the program:  cmake --install BUILD --component library
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

add_library(zotrain_library SHARED minimize.cc ask_tell.cc)
target_link_libraries(zotrain_library PRIVATE zo_minimize)
# Only what the public header declares is visible: a program may use another fmt of its own.
target_link_options(zotrain_library PRIVATE -Wl,--exclude-libs,ALL)
target_compile_features(zotrain_library INTERFACE cxx_std_20)
target_include_directories(zotrain_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(zotrain_library PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
  OUTPUT_NAME zotrain EXPORT_NAME zotrain
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set(_zo_package "${CMAKE_INSTALL_LIBDIR}/cmake/zotrain")
install(TARGETS zotrain_library EXPORT zotrain
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT library)
install(FILES minimize.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zotrain COMPONENT library)
# No dependency is visible to users, so the list of targets is the whole configuration.
install(EXPORT zotrain NAMESPACE zotrain:: DESTINATION ${_zo_package} FILE zotrainConfig.cmake COMPONENT library)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/zotrainConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)  # while the version is 0.x, a minor one may change the interface
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/zotrainConfigVersion.cmake"
  DESTINATION ${_zo_package} COMPONENT library)

# The prefix is where the file lies, so that the installed tree may move.
file(RELATIVE_PATH ZO_PREFIX_FROM_PC "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file("${PROJECT_SOURCE_DIR}/cmake/zotrain.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/zotrain.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/zotrain.pc"
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
