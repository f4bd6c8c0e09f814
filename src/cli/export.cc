#include <fmt/format.h>

#include <filesystem>

#include "src/base/arguments.h"
#include "src/base/error.h"
#include "src/cli/stored_weights.h"
#include "src/cli/verbs.h"
#include "src/run/statistics.h"

namespace zo {

int run_export(const std::vector<std::string>& words) {
  std::string checkpoint, model, format, out;
  std::int64_t classes = 10;
  OptionTable table;
  table.begin_group("Export");
  table.add("checkpoint", &checkpoint, "run folder, checkpoint folder, or weights file");
  table.add("out", &out, "the file to write, FILE.safetensors or FILE.pt");
  table.add("format", &format, "safetensors or pt (default: what --out ends in)");
  table.add("model", &model, "the network of a weights file that does not name it");
  table.add("classes", &classes, Range::at_least(2), "and its classes");
  const Arguments rest = read_arguments(words, table, "export");
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain export --checkpoint RUN_OR_FILE --out FILE [options]",
                         "Writes weights that safetensors.torch.load_file or "
                         "torch.load(weights_only=True) open."));
    return 0;
  }
  refuse_positional(rest, "export");
  if (checkpoint.empty())
    fail_usage("--checkpoint: is missing; name a run folder or a weights file");
  if (out.empty()) fail_usage("--out: is missing; name the file to write");
  const std::string ending = std::filesystem::path(out).extension().string();
  if (format.empty() && !ending.empty()) format = ending.substr(1);
  if (format != "safetensors" && format != "pt") {
    fail_usage("--format: '{}' must be safetensors or pt", format);
  }
  if (ending != "." + format) {
    fail_usage("--out: {} must end in .{} for --format {}", out, format, format);
  }
  const StoredWeights stored =
      open_weights("--checkpoint", checkpoint, model, static_cast<int>(classes));
  save_weights(out, stored.network, stored.for_evaluation());
  fmt::print("{}\nBatchNorm statistics: {}\n",
             out,
             stored.statistics_batches ? statistics_text(stored.network, *stored.statistics_batches)
                                       : "those of the file");
  return 0;
}

}  // namespace zo
