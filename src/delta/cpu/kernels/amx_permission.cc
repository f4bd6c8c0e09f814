#include "src/delta/cpu/kernels/amx_permission.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace zo {
namespace {

bool ask() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  constexpr unsigned kAmxBf16 = 1U << 22, kAmxTile = 1U << 24;  // Intel SDM, leaf 7, EDX
  if ((d & kAmxBf16) == 0 || (d & kAmxTile) == 0) return false;
  // The registers take 8 KiB a thread, so Linux grants them on request only (x86/xstate).
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool may_use_amx() {
  static const bool granted = ask();
  return granted;
}

}  // namespace zo
