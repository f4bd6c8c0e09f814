# The program for everybody on this machine:  cmake --install BUILD --component program [--prefix DIR]
# It lies in lib/zotrain together with the libraries that it loads from beside itself, and bin has a link to it. They are
# those of the build, which know where LibTorch is. The manual page and the completion are made from its --help.
set(_zo_pages "${CMAKE_CURRENT_BINARY_DIR}/pages")
install(CODE "execute_process(COMMAND \"${ZO_VENV}/bin/python\" \"${PROJECT_SOURCE_DIR}/cmake/pages.py\" \"$<TARGET_FILE:zotrain>\"
  \"${_zo_pages}\" COMMAND_ERROR_IS_FATAL ANY)" COMPONENT program)
install(FILES "${_zo_pages}/zotrain.1" DESTINATION share/man/man1 COMPONENT program)
install(FILES "${_zo_pages}/zotrain" DESTINATION share/bash-completion/completions COMPONENT program)

foreach(target zotrain zotrain_cuda zotrain_mpi zotrain_fetch)
  if(TARGET ${target})
    install(PROGRAMS "$<TARGET_FILE:${target}>" DESTINATION lib/zotrain COMPONENT program)
  endif()
endforeach()
set(_zo_link "${CMAKE_CURRENT_BINARY_DIR}/link/zotrain")
file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/link")
file(CREATE_LINK ../lib/zotrain/zotrain "${_zo_link}" SYMBOLIC)
install(FILES "${_zo_link}" DESTINATION bin COMPONENT program)

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} "-DBUILD=${CMAKE_BINARY_DIR}" -P "${PROJECT_SOURCE_DIR}/cmake/Uninstall.cmake"
  COMMENT "Removing what was installed from this build" VERBATIM)
