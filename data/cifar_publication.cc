#include "data/cifar_publication.h"

#include <fmt/format.h>

namespace zo {

std::string CifarPublication::remedy() const {
  return fmt::format(
      "`zotrain data fetch {} --data-dir DIR` gets it (or unpack {} from {} so that DIR holds {})",
      name,
      archive,
      kCifarPage,
      folder);
}

// The checksums of the files are those that the gem torchvision-ruby holds its copies to
// (lib/torchvision/datasets/cifar10.rb and cifar100.rb); the publisher states MD5 of the archives.
const CifarPublication& cifar10_publication() {
  static const CifarPublication published = {
      "cifar10",
      "CIFAR-10",
      "cifar-10-batches-bin",
      "cifar-10-binary.tar.gz",
      "batches.meta.txt",
      {{"data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
       {"data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
       {"data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
       {"data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
       {"data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"}},
      {{"test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"}},
      {10000, 1},
      {10000, 1},
      10,
      {0.4914f, 0.4822f, 0.4465f},
      {0.2471f, 0.2435f, 0.2616f}};
  return published;
}

const CifarPublication& cifar100_publication() {
  static const CifarPublication published = {
      "cifar100",
      "CIFAR-100",
      "cifar-100-binary",
      "cifar-100-binary.tar.gz",
      "fine_label_names.txt",
      {{"train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"}},
      {{"test.bin", "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"}},
      {50000, 2},
      {10000, 2},
      100,
      {0.5071f, 0.4865f, 0.4409f},
      {0.2673f, 0.2564f, 0.2762f}};
  return published;
}

}  // namespace zo
