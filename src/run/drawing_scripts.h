#pragma once

namespace zo {

/// The texts of experiments/NAME.py, as they were when the program was built: the two that run, and the
/// modules that they import.
const char* plot_script();
const char* report_script();
const char* report_page_module();
const char* run_files_module();

}  // namespace zo
