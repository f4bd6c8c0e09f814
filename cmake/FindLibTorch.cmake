# LibTorch from the PyPI wheel in .venv (or -DZO_VENV=DIR). Makes
#   LibTorch::cpu     tensors, autograd, torch::nn, oneDNN convolutions; no CUDA at link or load time
#   LibTorch_LIB_DIR  the folder that also holds libtorch_cuda.so, loaded at run time for --device cuda; what is
#                     linked finds it there also when .venv, which is a link, goes with its checkout
# The wheel's own find_package(Torch) is not used: it fails where no CUDA toolkit is installed, ignores
# CMAKE_CUDA_ARCHITECTURES and edits global compiler flags.
file(GLOB _torch_dirs "${ZO_VENV}/lib/python3*/site-packages/torch")
list(LENGTH _torch_dirs _torch_count)
if(_torch_count EQUAL 1)
  set(LibTorch_ROOT_DIR "${_torch_dirs}")
  file(REAL_PATH "${LibTorch_ROOT_DIR}/lib" LibTorch_LIB_DIR)
  file(READ "${LibTorch_ROOT_DIR}/version.py" _torch_version_text)
  string(REGEX MATCH "__version__ = '([^']+)'" _ "${_torch_version_text}")
  set(LibTorch_VERSION "${CMAKE_MATCH_1}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_ROOT_DIR LibTorch_LIB_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "no torch in ${ZO_VENV}: run ./zotrain setup or pass -DZO_VENV=DIR")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${LibTorch_LIB_DIR}/libc10.so")
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION "${LibTorch_LIB_DIR}/libtorch_cpu.so"
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_ROOT_DIR}/include;${LibTorch_ROOT_DIR}/include/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES LibTorch::c10)
endif()
