# A folder that runs on a machine with a GPU but without network, compiler or root, where torch is installed:
#   cmake --install BUILD --component bundle --prefix DIR --strip      (./zotrain bundle DIR)
# Program, CUDA library and the tests that a GPU can run in bin, what they need beside LibTorch in lib. Where LibTorch
# is, with-torch finds out there: no file holds a path of this machine.
set(_zo_bundle zotrain zotrain_cuda cuda_device_test cuda_library_test
  delta_oracle_test delta_example_losses_test delta_differences_test delta_nan_test)

install(TARGETS ${_zo_bundle} RUNTIME_DEPENDENCY_SET zo_bundle
  RUNTIME DESTINATION bin COMPONENT bundle EXCLUDE_FROM_ALL
  LIBRARY DESTINATION bin COMPONENT bundle EXCLUDE_FROM_ALL)
set_target_properties(${_zo_bundle} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
# The C library stays that of the machine: its loader and its parts must be of one version.
install(RUNTIME_DEPENDENCY_SET zo_bundle
  PRE_EXCLUDE_REGEXES "^lib(torch|c10|cu|nv)" "^ld-linux" "^lib(c|m|dl|rt|pthread|util)[.]so"
  LIBRARY DESTINATION lib COMPONENT bundle EXCLUDE_FROM_ALL)

file(READ "${LibTorch_ROOT_DIR}/version.py" _zo_torch_version)
string(REGEX MATCH "\ncuda[^=]*= '([0-9]+)" _ "${_zo_torch_version}")  # a line of its own: the names above it are told too
set(ZO_BUNDLE_CUDA "${CMAKE_MATCH_1}")
string(REGEX MATCH "^[0-9]+[.][0-9]+" ZO_BUNDLE_TORCH "${LibTorch_VERSION}")
configure_file(tests/cuda/bundle/with-torch.in "${CMAKE_CURRENT_BINARY_DIR}/with-torch" @ONLY)
install(PROGRAMS "${CMAKE_CURRENT_BINARY_DIR}/with-torch" tests/cuda/bundle/zotrain tests/cuda/bundle/check-gpu
  DESTINATION . COMPONENT bundle EXCLUDE_FROM_ALL)
install(FILES experiments/speed.py DESTINATION . COMPONENT bundle EXCLUDE_FROM_ALL)
