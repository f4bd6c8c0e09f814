// The compiled part of the Python package: zotrain/minimize.h with NumPy arrays for points and values. What a
// caller may get wrong is checked by the Python around it, which knows the names that he used.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "src/minimize/method_command.h"
#include "src/minimize/minimize.h"
#include "src/minimize/run.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace zo {
namespace {

using Vector = nb::ndarray<nb::numpy, double, nb::ndim<1>>;
using Matrix = nb::ndarray<nb::numpy, double, nb::ndim<2>>;
using VectorIn = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// `values` as an array that owns them: nothing is copied.
template <class Array>
Array array_of(std::vector<double> values, std::initializer_list<std::size_t> shape) {
  auto owned = std::make_unique<std::vector<double>>(std::move(values));
  double* data = owned->data();
  nb::capsule owner(owned.get(),
                    [](void* p) noexcept { delete static_cast<std::vector<double>*>(p); });
  owned.release();
  return Array(data, shape, owner);
}

Vector vector_of(std::span<const double> values) {
  return array_of<Vector>({values.begin(), values.end()}, {values.size()});
}

std::vector<double> entries(const VectorIn& array) {
  return {array.data(), array.data() + array.shape(0)};
}

/// Signals are only seen between calls of Python code, and a function may have none: Ctrl-C is asked for.
void see_signals() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

using Function = nb::typed<nb::callable, nb::object(nb::object)>;
using Callback = nb::typed<nb::callable, bool(std::int64_t, std::int64_t, double, Vector)>;

MinimizeResult run(const Function& function,
                   const VectorIn& start,
                   const MinimizeSettings& settings,
                   bool batch,
                   std::int64_t examples) {
  const std::vector<double> x0 = entries(start);
  if (examples > 0) {
    const MeanFunction mean{examples, [&](std::span<const double> x, std::span<double> losses) {
                              see_signals();
                              const auto values = nb::cast<VectorIn>(function(vector_of(x)));
                              std::copy_n(values.data(), losses.size(), losses.begin());
                            }};
    return minimize(mean, x0, settings);
  }
  if (batch) {
    const ValuesFunction many = [&](std::span<const double> points, std::size_t count) {
      see_signals();
      const auto array =
          array_of<Matrix>({points.begin(), points.end()}, {count, points.size() / count});
      return entries(nb::cast<VectorIn>(function(array)));
    };
    return minimize(many, x0, settings);
  }
  const ValueFunction one = [&](std::span<const double> x) {
    see_signals();
    return nb::cast<double>(function(vector_of(x)));
  };
  return minimize(one, x0, settings);
}

bool is_letter(char c) { return 'a' <= c && c <= 'z'; }

/// A text of the library in the words of a Python program: --max-steps is its keyword max_steps.
std::string in_python(std::string text) {
  const auto spell = [&text](std::size_t begin) {
    for (; begin < text.size() && (is_letter(text[begin]) || text[begin] == '-'); ++begin) {
      if (text[begin] == '-') text[begin] = '_';
    }
  };
  if (text.rfind("start:", 0) == 0) text.replace(0, 5, "x0");
  const std::string option = "option ";
  if (text.rfind(option, 0) == 0) spell(option.size());
  for (std::size_t at = 0; (at = text.find("--", at)) != std::string::npos; ++at) {
    if (at + 2 == text.size() || !is_letter(text[at + 2])) continue;
    text.erase(at, 2);
    spell(at);
    // The two that the command line calls otherwise.
    for (const auto& [flag, keyword] :
         {std::pair{"max_queries", "max_calls"}, {"max_time", "max_seconds"}}) {
      if (text.compare(at, std::strlen(flag), flag) == 0) {
        text.replace(at, std::strlen(flag), keyword);
      }
    }
  }
  return text;
}

using Options = nb::typed<nb::list, nb::typed<nb::tuple, nb::str, nb::str, nb::str, nb::str>>;

/// Every option of a method as (name, type, default, meaning).
Options options_of(const std::string& method) {
  OptionTable table;
  const MethodCommand command = for_users([&] {
    check_method_name(method);
    return add_method_options(table, method, "method", Defaults::Functions);
  });
  Options all;
  for (const OptionTable::Option& option : table.options()) {
    static constexpr const char* kTypes[] = {"int", "float", "str", "str", "bool"};
    const char* type = kTypes[static_cast<int>(option.type)];
    const std::string name = in_python("--" + option.name);
    all.append(nb::make_tuple(name, type, option.default_text, in_python(option.help)));
  }
  return all;
}

void bind_settings(nb::module_& module) {
  nb::class_<MinimizeSettings>(
      module, "Settings", "How to minimise: MinimizeSettings of zotrain/minimize.h.")
      .def(nb::init<>())
      .def_rw("method", &MinimizeSettings::method)
      .def_prop_rw(
          "options",
          [](const MinimizeSettings& s) {
            std::map<std::string, std::string> texts;
            for (const auto& [name, value] : s.options) texts[name] = value.text;
            return texts;
          },
          [](MinimizeSettings& s, const std::map<std::string, std::string>& texts) {
            s.options = {texts.begin(), texts.end()};
          })
      .def_rw("lower", &MinimizeSettings::lower)
      .def_rw("upper", &MinimizeSettings::upper)
      .def_rw("seed", &MinimizeSettings::seed)
      .def_rw("max_calls", &MinimizeSettings::max_calls)
      .def_rw("max_steps", &MinimizeSettings::max_steps)
      .def_rw("max_seconds", &MinimizeSettings::max_seconds)
      .def_rw("target", &MinimizeSettings::target, nb::arg().none())
      .def_rw("patience", &MinimizeSettings::patience)
      .def_rw("tolerance", &MinimizeSettings::tolerance)
      .def_rw("report_every", &MinimizeSettings::report_every)
      .def(
          "set_callback",
          [](MinimizeSettings& s, const Callback& callback) {
            s.callback = [callback](const MinimizeProgress& p) {
              return nb::cast<bool>(callback(p.steps, p.calls, p.best, vector_of(p.x)));
            };
          },
          "callback"_a,
          "Called with steps, calls, best value and its point [d] after every step; True ends the "
          "run.");
}

void bind_result(nb::module_& module) {
  nb::class_<MinimizeResult>(module, "Result", "MinimizeResult of zotrain/minimize.h.")
      .def_ro("start_value", &MinimizeResult::start_value)
      .def_ro("best", &MinimizeResult::best)
      .def_prop_ro(
          "x", [](const MinimizeResult& r) { return vector_of(r.x); }, nb::rv_policy::automatic)
      .def_ro("queries", &MinimizeResult::queries)
      .def_ro("queries_report", &MinimizeResult::queries_report)
      .def_ro("steps", &MinimizeResult::steps)
      .def_ro("stop_reason", &MinimizeResult::stop_reason);
}

void bind_ask_tell(nb::module_& module) {
  nb::class_<AskTell>(module, "AskTell", "AskTell of zotrain/minimize.h.")
      .def(
          "__init__",
          [](AskTell* self, const VectorIn& start, const MinimizeSettings& settings) {
            new (self) AskTell(entries(start), settings);
          },
          "start"_a,
          "settings"_a)
      .def("ask",
           [](const AskTell& run) {
             const Points& points = run.ask();
             const std::size_t d =
                 points.count == 0 ? run.result().x.size() : points.values.size() / points.count;
             return array_of<Matrix>(points.values, {points.count, d});
           })
      .def(
          "tell",
          [](AskTell& run, const VectorIn& values) {
            run.tell({values.data(), values.shape(0)});
          },
          "values"_a)
      .def("wanted", [](const AskTell& run) { return run.ask().count; })
      .def("done", &AskTell::done)
      .def("result", &AskTell::result);
}

}  // namespace
}  // namespace zo

NB_MODULE(_core, module) {
  module.doc() = "The compiled part of zotrain.";
  module.attr("version") = ZO_VERSION;
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const zo::MinimizeError& error) {
      const bool usage = error.kind() == zo::MinimizeError::Kind::Usage;
      PyErr_SetString(usage ? PyExc_ValueError : PyExc_RuntimeError,
                      zo::in_python(error.what()).c_str());
    }
  });
  zo::bind_settings(module);
  zo::bind_result(module);
  zo::bind_ask_tell(module);
  module.def("methods", &zo::minimize_methods, "The names of all methods.");
  module.def("options_of",
             &zo::options_of,
             "method"_a,
             "Every option of a method as (name, type, default, meaning).");
  module.def("minimize", &zo::run, "function"_a, "start"_a, "settings"_a, "batch"_a, "examples"_a);
}
