# zo_add_cuda_library(NAME a.cu b.cu ...): a shared library of CUDA kernels, compiled by the nvcc of ZO_VENV.
# Without nvcc there the function is not defined, and a warning says so.
#
# CMake's own CUDA language is not used: its compiler check wants the folder layout of a system toolkit, which
# the wheels do not have. nvcc compiles each source to an object, the C++ compiler links them, and the library
# needs nothing of CUDA but libcudart, so it can be loaded (and asked for devices) on any machine.
# Those of the LibTorch wheel.
set(ZO_CUDA_ARCHITECTURES 75 80 86 90 100 120
  CACHE STRING "GPU generations to compile for, ascending; the newest also as PTX")

file(GLOB _zo_cuda_roots "${ZO_VENV}/lib/python3*/site-packages/nvidia/cu13")
list(APPEND _zo_cuda_roots "")
list(GET _zo_cuda_roots 0 ZO_CUDA_ROOT)
# Looked for anew by every configure: packages come and go.
find_program(_zo_nvcc nvcc PATHS "${ZO_CUDA_ROOT}/bin" NO_DEFAULT_PATH NO_CACHE)
file(REAL_PATH "${ZO_CUDA_ROOT}/lib" _zo_cudart_dir)
file(GLOB ZO_CUDART "${_zo_cudart_dir}/libcudart.so.*")
if(NOT _zo_nvcc OR NOT ZO_CUDART)
  message(WARNING "no nvcc or libcudart in ${ZO_VENV}: building for the CPU only (-DZO_CUDA=OFF asks for that)")
  return()
endif()

set(_zo_gencode)
foreach(arch IN LISTS ZO_CUDA_ARCHITECTURES)
  list(APPEND _zo_gencode "-gencode=arch=compute_${arch},code=sm_${arch}")
endforeach()
list(GET ZO_CUDA_ARCHITECTURES 0 _zo_oldest)
list(GET ZO_CUDA_ARCHITECTURES -1 _zo_newest)
list(APPEND _zo_gencode "-gencode=arch=compute_${_zo_newest},code=compute_${_zo_newest}")

function(zo_add_cuda_library name)
  set(objects)
  foreach(source IN LISTS ARGN)
    get_filename_component(stem "${source}" NAME_WE)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${stem}.cu.o")
    add_custom_command(OUTPUT "${object}"
      # --fmad=false: the shared bodies round as the CPU build of them does.
      COMMAND "${PROJECT_SOURCE_DIR}/cmake/with_ptxas_report.sh" "${object}.txt"
        "${_zo_nvcc}" -std=c++20 -O3 --fmad=false -Xptxas -v --threads 2
        ${_zo_gencode} -DZO_OLDEST_ARCHITECTURE=${_zo_oldest} -I "${PROJECT_SOURCE_DIR}"
        -Xcompiler=-fPIC,-Wall -MD -MF "${object}.d" -c "${CMAKE_CURRENT_SOURCE_DIR}/${source}" -o "${object}"
      DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${source}" DEPFILE "${object}.d"
      COMMENT "Compiling CUDA ${source}" VERBATIM)
    list(APPEND objects "${object}")
  endforeach()
  add_library(${name} SHARED ${objects})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}" BUILD_RPATH "${_zo_cudart_dir}")
  target_link_libraries(${name} PRIVATE "${ZO_CUDART}")
endfunction()
