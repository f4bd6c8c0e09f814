#pragma once

namespace zo {

/// The text of experiments/run_files.py, plot.py or report.py, as they were when the program was built.
const char* run_files_script();
const char* plot_script();
const char* report_script();

}  // namespace zo
