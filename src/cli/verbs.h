#pragma once
#include <string>
#include <vector>

namespace zo {

/// One verb of the program. `run` gets the words behind the verb, writes to stdout and returns the
/// exit code; it throws Error for wrong usage and for a run that fails.
struct Verb {
  std::string name;
  std::string summary;
  int (*run)(const std::vector<std::string>& words);
};

int run_train(const std::vector<std::string>& words);
int run_eval(const std::vector<std::string>& words);
int run_probe(const std::vector<std::string>& words);
int run_export(const std::vector<std::string>& words);
int run_plot(const std::vector<std::string>& words);
int run_report(const std::vector<std::string>& words);
int run_data(const std::vector<std::string>& words);
/// The words behind `data show`, `data fetch` and `data verify`.
int run_data_show(const std::vector<std::string>& words);
int run_data_fetch(const std::vector<std::string>& words);
int run_data_verify(const std::vector<std::string>& words);
int run_minimize(const std::vector<std::string>& words);
int run_hessian(const std::vector<std::string>& words);
int run_methods(const std::vector<std::string>& words);
int run_bench(const std::vector<std::string>& words);
int run_info(const std::vector<std::string>& words);

}  // namespace zo
