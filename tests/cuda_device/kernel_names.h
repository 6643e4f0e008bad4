#pragma once

#include <string>

namespace nextline::cuda_device {

/// The name of a kernel in this program, with namespaces and template arguments, without its
/// parameters: "nextline::cuda::add_rows<float>". Its address where the program has no symbols.
std::string kernel_name(const void* kernel);

/// The name of the function that a return address leads into, written in the same way.
std::string name_of_caller(const void* return_address);

}  // namespace nextline::cuda_device
