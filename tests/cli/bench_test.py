"""bench: the keys that scripts read, and figures that must fit each other whatever the machine's speed."""

import json
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
        self.assertEqual(answer["scaling"][-1]["delta_probes_per_s"], answer["delta_probes_per_s"])
        needed = 2e-9 * answer["mac_per_image"] * 4 * answer["delta_probes_per_s"]
        self.assertAlmostEqual(answer["needed_gflops"] / needed, 1.0, places=12)
        self.assertAlmostEqual(answer["fraction_of_peak"], needed / answer["conv_peak_gflops"], places=12)
        fastest = max(max(c["direct_gflops"], c["library_gflops"]) for c in answer["convolutions"])
        self.assertEqual(answer["conv_peak_gflops"], fastest)
        for rate in ("delta_probes_per_s", "reference_probes_per_s", "dense_probes_per_s"):
            self.assertGreater(answer[rate], 0)

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


if __name__ == "__main__":
    unittest.main()
