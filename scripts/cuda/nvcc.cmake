# Compiles CUDA sources with nvcc. CMake's own CUDA language wants a toolkit in the usual layout,
# which that of Python packages is not, and keeps no reports of ptxas.
set(NEXTLINE_CUDA_TOOLKIT "" CACHE PATH "A CUDA 13 toolkit (default: what scripts/cuda_toolkit finds)")
set(NEXTLINE_CUDA_TARGETS 80 89 90 CACHE STRING
  "Compute capabilities to make machine code for; the last one comes as PTX, too, for newer devices")

set(cuda_toolkit ${NEXTLINE_CUDA_TOOLKIT})
if(NOT cuda_toolkit)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/cuda_toolkit
    OUTPUT_VARIABLE cuda_toolkit OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
message(STATUS "CUDA toolkit: ${cuda_toolkit}")
# A toolkit's libraries lie in lib64; in the Python packages in lib, with names that have a version.
foreach(library CUDART=libcudart_static.a CUBLAS=libcublas.so.13)
  string(REPLACE "=" ";" library ${library})
  list(POP_FRONT library variable)
  find_library(${variable} ${library}
    PATHS ${cuda_toolkit} PATH_SUFFIXES lib64 lib NO_DEFAULT_PATH REQUIRED)
endforeach()
get_filename_component(cublas_folder ${CUBLAS} DIRECTORY)

# What an object of nvcc is to be linked with.
add_library(nextline_cuda_runtime INTERFACE)
target_link_libraries(nextline_cuda_runtime
  INTERFACE ${CUDART} ${CUBLAS} Threads::Threads ${CMAKE_DL_LIBS} rt)

set(nvcc_options -std=c++20 -fmad=false --expt-relaxed-constexpr -lineinfo -Xptxas=-v -I${CMAKE_SOURCE_DIR})
foreach(capability ${NEXTLINE_CUDA_TARGETS})
  list(APPEND nvcc_options -gencode=arch=compute_${capability},code=sm_${capability})
endforeach()
list(GET NEXTLINE_CUDA_TARGETS -1 newest)
list(APPEND nvcc_options -gencode=arch=compute_${newest},code=compute_${newest})
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
separate_arguments(build_options UNIX_COMMAND "${CMAKE_CXX_FLAGS_${build_type}}")
set(host_options
  -fPIC -fvisibility=hidden -ffp-contract=off -Wall -Wextra -Wshadow -Wno-sign-conversion)
list(JOIN host_options "," host_options)
list(APPEND nvcc_options ${build_options} -Xcompiler=${host_options})

# Sets `objects` to what is made of `sources`. Beside each object NAME.o lies NAME.ptxas, in which
# ptxas says what registers and memory each kernel takes.
function(nextline_cuda_objects objects)
  set(made)
  foreach(source ${ARGN})
    get_filename_component(source ${source} ABSOLUTE)
    get_filename_component(name ${source} NAME_WE)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
    set(report ${CMAKE_CURRENT_BINARY_DIR}/${name}.ptxas)
    add_custom_command(
      OUTPUT ${object}
      BYPRODUCTS ${report}
      COMMAND ${CMAKE_SOURCE_DIR}/scripts/cuda/with_report ${report} ${CMAKE_CXX_COMPILER_LAUNCHER}
        ${cuda_toolkit}/bin/nvcc -ccbin ${CMAKE_CXX_COMPILER} ${nvcc_options}
        -MD -MT ${object} -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} ${CMAKE_SOURCE_DIR}/scripts/cuda/with_report
      DEPFILE ${object}.d
      COMMENT "Building CUDA object ${name}.o"
      VERBATIM)
    list(APPEND made ${object})
  endforeach()
  set(${objects} ${made} PARENT_SCOPE)
endfunction()
