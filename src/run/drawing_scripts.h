#pragma once

namespace zo {

/// The text of experiments/plot.py, as it was when the program was built.
const char* plot_script();

}  // namespace zo
