# cmake -DOUT=version.cc -DIN=version.cc.in -DSOURCE=checkout -DVERSION=… -DCOMPILER=… -P Version.cmake
# Fills in the commit that the checkout stands at, "unknown" outside of one.
execute_process(COMMAND git -C "${SOURCE}" rev-parse HEAD
  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(COMMIT "unknown")
endif()
configure_file("${IN}" "${OUT}" @ONLY)
file(TOUCH "${OUT}")
