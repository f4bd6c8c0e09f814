"""bench: the keys that scripts read, and figures that must fit each other whatever the machine's speed."""

import json
import os
import re
import resource
import unittest

import support

KEYS = {
    "model", "batch", "threads", "dtype", "delta_probes_per_s", "reference_probes_per_s", "dense_probes_per_s",
    "conv_peak_gflops", "needed_gflops", "fraction_of_peak", "layers",
}  # fmt: skip


class BenchTest(support.CliTest):
    def bench(self, *arguments):
        return json.loads(self.succeed("bench", "--json", "--batch", 4, "--seconds", 0.02, *arguments))

    def test_json_holds_the_named_keys_and_figures_that_fit_each_other(self):
        answer = self.bench("--model", "resnet8", "--threads", 3)
        self.assertLessEqual(KEYS, set(answer))
        self.assertEqual((answer["model"], answer["batch"], answer["dtype"]), ("resnet8", 4, "float32"))
        self.assertEqual([s["threads"] for s in answer["scaling"]], [1, 2, 3])
        self.assertEqual([s["threads"] for s in self.bench("--model", "mlp", "--threads", 4)["scaling"]], [1, 2, 4])
        self.assertEqual(answer["scaling"][-1]["delta_probes_per_s"], answer["delta_probes_per_s"])
        needed = 2e-9 * answer["mac_per_image"] * 4 * answer["delta_probes_per_s"]
        self.assertAlmostEqual(answer["needed_gflops"] / needed, 1.0, places=12)
        self.assertAlmostEqual(answer["fraction_of_peak"], needed / answer["conv_peak_gflops"], places=12)
        fastest = max(max(c["direct_gflops"], c["library_gflops"]) for c in answer["convolutions"])
        self.assertEqual(answer["conv_peak_gflops"], fastest)
        for rate in ("delta_probes_per_s", "reference_probes_per_s", "dense_probes_per_s"):
            self.assertGreater(answer[rate], 0)
        # Each is measured by itself, and a figure has 15 digits: two that are equal were mixed up.
        self.assertNotEqual(answer["reference_probes_per_s"], answer["dense_probes_per_s"])
        for c in answer["convolutions"]:
            self.assertEqual(len({c["direct_gflops"], c["library_gflops"], c["winograd_gflops"]}), 3)

    def test_the_processor_is_chosen_and_told(self):
        answer = self.bench("--model", "mlp", "--threads", 1, "--device", "cpu")
        self.assertEqual(answer["device"], "CPU, 1 thread")
        self.assertNotIn("launches", answer)

    def test_a_gpu_is_held_against_its_own_roofs(self):
        if "no device: " in self.succeed("info"):
            self.assertNotIn("ZO_REQUIRE_CUDA", os.environ, "is set, and there is no CUDA device")
            self.skipTest("no CUDA device")
        for differences, roof in (("full", "float32_gflops"), ("bf16", "bf16_gflops")):
            answer = self.bench("--model", "resnet8", "--device", "cuda:0", "--differences", differences)
            self.assertAlmostEqual(answer["fraction_of_float"], answer["needed_gflops"] / answer[roof], places=12)
            self.assertGreater(answer["launches"]["own_kernels"], 100)
            self.assertGreater(answer["launches"]["operators"], 20)
            self.assertNotIn("scaling", answer)

    def test_memory_is_in_mib(self):
        # The children's maximum is that of a child as it ended; LibTorch alone takes more than 10 MiB.
        answer = self.bench("--model", "mlp", "--threads", 1)
        self.assertLessEqual(answer["peak_memory_mib"], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        self.assertGreater(answer["peak_memory_mib"], 10)

    def test_rates_are_those_of_what_they_name(self):
        # A probe of the last layer needs one multiply-add a picture where a whole pass needs twelve million: by
        # hundreds of times the most losses a second, of which any machine keeps ten.
        answer = self.bench("--model", "resnet8", "--layer", "fc", "--threads", 1)
        for whole in ("reference_probes_per_s", "dense_probes_per_s"):
            self.assertGreater(answer["delta_probes_per_s"], 10 * answer[whole])
        layers = {layer["name"]: layer["delta_probes_per_s"] for layer in self.bench("--model", "resnet8")["layers"]}
        self.assertGreater(layers["fc"], 10 * layers["conv1"])
        # 128 times the pictures take 30 times as long, of which any machine keeps four.
        few, many = (
            json.loads(self.succeed(*"bench --json --model mlp --seconds 0.02 --threads 1 --batch".split(), rows))
            for rows in (2, 256)
        )
        self.assertGreater(few["reference_probes_per_s"], 4 * many["reference_probes_per_s"])

    def test_layers_share_all_parameters_and_their_mean_is_the_cost_of_a_probe(self):
        layers = self.bench("--model", "resnet8")["layers"]
        self.assertEqual(sum(layer["parameters"] for layer in layers), 75290)
        mean = sum(layer["parameters"] * layer["mac_per_image"] for layer in layers) / 75290
        # By hand: a weight of conv1 changes one of 16 channels (1024 pixels), a sixteenth of the next
        # convolution, and all of the four convolutions and the classifier behind it.
        conv1 = next(layer for layer in layers if layer["name"] == "conv1")
        behind = 2359296 / 16 + 2359296 + 1179648 + 2359296 + 1179648 + 2359296 + 640
        self.assertEqual(conv1["mac_per_image"], 1024 + behind)
        self.assertAlmostEqual(self.bench("--model", "resnet8")["mac_per_image"], mean, places=6)
        self.assertTrue(all(layer["delta_probes_per_s"] > 0 for layer in layers))

    def test_layer_narrows_the_probes_to_one_layer(self):
        answer = self.bench("--model", "resnet8", "--layer", "layer3.0.conv1")
        self.assertEqual([layer["name"] for layer in answer["layers"]], ["layer3.0.conv1"])
        # 64 pixels of the entry, one of 64 channels into the last convolution, the classifier.
        self.assertEqual(answer["mac_per_image"], 64 + 2359296 / 64 + 640)
        self.assertIn("layer3.0.conv1", self.refuse("bench", "--layer", "layer3.0.conv"))

    def test_a_table_is_for_people(self):
        table = self.succeed("bench", "--model", "mlp", "--batch", 4, "--seconds", 0.01)
        for word in ("uniform mix", "reference", "dense probes", "fc2", "peak memory"):
            self.assertIn(word, table)

    def test_figures_of_the_table_fit_each_other(self):
        table = self.succeed(*"bench --model resnet8 --batch 4 --seconds 0.02 --threads 3".split())
        number = r" +([\d.]+)"
        rows = re.findall(rf"^(\S+|uniform mix){number * 4}$", table, re.MULTILINE)
        *layers, mix = [(name, int(n), float(macs), float(rate), float(speed)) for name, n, macs, rate, speed in rows]
        self.assertEqual((mix[:2], sum(layer[1] for layer in layers)), (("uniform mix", 75290), 75290))
        for _, _, macs, rate, speed in layers + [mix]:
            # Multiply-adds are printed in ones, rates and speeds in tenths.
            rounding = 0.05 + 8e-9 * (0.5 * rate + 0.05 * macs)
            self.assertAlmostEqual(speed, 8e-9 * macs * rate, delta=1.01 * rounding)
        self.assertEqual(re.findall(r"^  on (\d) thread", table, re.MULTILINE), ["1", "2"])
        found = re.search(rf"^reference \(any probe\){number * 2}x slower$", table, re.MULTILINE)
        reference, slower = map(float, found.groups())
        self.assertAlmostEqual(slower, mix[3] / reference, delta=0.051 + 0.051 * (1 + slower) / reference)
        needed, share, peak = map(float, re.search(r"needed (\d+) GFLOP/s = (\d+) %.* of (\d+)", table).groups())
        self.assertAlmostEqual(needed, mix[4], delta=0.56)
        self.assertAlmostEqual(share, 100 * needed / peak, delta=0.51 + 51 * (1 + needed / peak) / peak)


if __name__ == "__main__":
    unittest.main()
