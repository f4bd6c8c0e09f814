#include "src/cli/probe_file.h"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/json_nesting.h"
#include "src/base/options.h"

namespace zo {
namespace {

using nlohmann::json;

Edit read_edit(const json& entry, const Layout& layout) {
  if (!entry.is_array() || entry.size() != 3 || !entry[0].is_string() ||
      !entry[1].is_number_integer() || !entry[2].is_number()) {
    fail_usage("an edit is [parameter, flat index, delta]");
  }
  const auto name = entry[0].get<std::string>();
  const Segment* segment = layout.find(name);
  if (segment == nullptr) {
    std::vector<std::string> names;
    for (const auto& known : layout.segments) names.push_back(known.name);
    const std::string near = nearest(name, names);
    fail_usage(
        "no parameter is called {}{}", name, near.empty() ? "" : "; did you mean " + near + "?");
  }
  const auto index = entry[1].get<std::int64_t>();
  if (index < 0 || index >= segment->size) {
    fail_usage("index {} lies outside {}, which has {} entries", index, name, segment->size);
  }
  return {segment->offset + index, entry[2].get<double>()};
}

Probe read_probe(const json& entry, const Layout& layout) {
  if (!entry.is_object() || entry.contains("edits") == entry.contains("seed")) {
    fail_usage("a probe has either \"edits\" or \"seed\" and \"scale\"");
  }
  const std::set<std::string> known = entry.contains("edits")
                                          ? std::set<std::string>{"edits"}
                                          : std::set<std::string>{"seed", "scale", "law"};
  for (const auto& [key, value] : entry.items()) {
    if (known.count(key) == 0) fail_usage("\"{}\" is none of {}", key, fmt::join(known, ", "));
  }
  if (entry.contains("edits")) {
    std::vector<Edit> edits;
    for (const auto& edit : entry["edits"]) edits.push_back(read_edit(edit, layout));
    return SparseProbe(edits);
  }
  DenseProbe probe;
  if (!entry["seed"].is_number_unsigned() || !entry.contains("scale") ||
      !entry["scale"].is_number()) {
    fail_usage("\"seed\" must be a whole number from 0, \"scale\" a number");
  }
  probe.seed = entry["seed"].get<std::uint64_t>();
  probe.scale = entry["scale"].get<double>();
  const std::string law = entry.value("law", "gaussian");
  if (law != "gaussian" && law != "rademacher")
    fail_usage("\"law\" must be gaussian or rademacher");
  probe.law = law == "gaussian" ? Law::Gaussian : Law::Rademacher;
  return probe;
}

}  // namespace

std::vector<Probe> read_probes(const std::string& path, const Layout& layout) {
  const std::string text = read_file(path);
  if (json_nests_deeper(text)) {
    fail_usage("{}: nests deeper than {} lists and objects", path, kMaxJsonNesting);
  }
  json list;
  try {
    list = json::parse(text);
  } catch (const json::exception& error) {
    fail_usage("{}: not JSON: {}", path, error.what());
  }
  if (!list.is_array()) fail_usage("{}: must be a list of probes", path);
  std::vector<Probe> probes;
  for (std::size_t i = 0; i < list.size(); ++i) {
    try {
      probes.push_back(read_probe(list[i], layout));
    } catch (const Error& error) {
      fail_usage("{}: probe {}: {}", path, i, error.what());
    } catch (const json::exception&) {
      fail_usage("{}: probe {}: a value has the wrong type", path, i);
    }
  }
  return probes;
}

}  // namespace zo
