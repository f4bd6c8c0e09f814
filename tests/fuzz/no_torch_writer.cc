#include <cstdlib>

#include "models/torch_file.h"

// Nothing here writes a .pt file, which is the one thing in these readers that needs LibTorch.
void zo::write_torch_file(const std::string&, const TensorFile&) { std::abort(); }
