#pragma once
#include <cstdint>

#include "src/delta/cpu/kernels/bf16_conv.h"

namespace zo {

constexpr int kMostLanes = 16;  // of the widest vector

/// How the delta oracle keeps activations: a block is `lanes` pictures, and every element is a
/// vector of one value a picture, so that no step ever works across lanes. Channel c, pixel (h, w)
/// of block b stands at vector b·block() + c·plane + h·width + w. Channels are padded to a multiple
/// of 8, because convolutions write that many at once.
struct PlaneShape {
  int channels = 0, padded = 0, height = 0, width = 0;
  std::int64_t plane = 0;  // vectors from a channel to the next; odd for large planes, so that
                           // channels do not fall into the same cache set
  PlaneShape() = default;
  PlaneShape(int channel_count, int rows, int columns)
      : channels(channel_count),
        padded((channel_count + 7) / 8 * 8),
        height(rows),
        width(columns),
        plane(odd_plane(std::int64_t{rows} * columns)) {}
  std::int64_t block() const { return padded * plane; }
  int pixels() const { return height * width; }
  bool operator==(const PlaneShape&) const = default;

  static std::int64_t odd_plane(std::int64_t vectors) {
    return vectors % 16 == 0 ? vectors + 1 : vectors;
  }
};

/// Input rows of a convolution: the last `slots` rows of each channel, with one zero column on both
/// sides and zero rows above and below the picture. Row r ∈ [−1, height] is in slot (r + 1) mod
/// slots.
template <class T>
struct RowRing {
  T* data = nullptr;
  int channels = 0, width = 0, height = 0, slots = 0;
  std::int64_t plane = 0;  // vectors a channel

  /// First element of row r, in vectors from a channel's begin.
  std::int64_t row(int r) const { return std::int64_t{(r + 1) % slots} * (width + 2); }
};

/// One channel of an activation: dz = slope·dy + base·c + constant + dskip on top of z = gain·c +
/// shift.
template <class T>
struct ChannelStep {
  T slope, base, constant, gain, shift;
};

/// Rows [first, last) of the change of an activation, da = relu(z + dz) − relu(z), for `channels`
/// channels.
template <class T, class S>
struct ActivateRows {
  const S* dy = nullptr;       // change of the pre-activation
  const T* centred = nullptr;  // c
  const T* z = nullptr;        // z where it is kept (it holds a shortcut); null: gain·c + shift
  std::int64_t plane = 0;      // of all planes but the shortcut's
  const ChannelStep<T>* steps = nullptr;
  const S* const* skip = nullptr;  // a plane a channel, null where it does not change; or null
  int skip_stride = 1, skip_width = 0;
  int channels = 0, width = 0, first = 0, last = 0;
  bool relu = true;
  // The rows go into the ring or, where that is null, to `wide`; and to `dense` unless that is
  // null.
  const RowRing<T>* ring = nullptr;
  T* wide = nullptr;
  S* dense = nullptr;
};

/// Where a convolution leaves a band of outputs as changes: in `dy`, where c stands at the same
/// place of `centred`; nowhere where that is null. Unless `sums` is null, their moments Σ dy and
/// Σ dy·(2c + dy) are added to sums and squares [channel·lanes + lane]. `partial` is room for
/// 2·padded vectors. All padded channels of dy are written and of c read.
template <class T, class S>
struct KeepRows {
  S* dy = nullptr;
  const T* centred = nullptr;
  std::int64_t plane = 0;
  T* partial = nullptr;
  double* sums = nullptr;
  double* squares = nullptr;
};

/// How changes of a pre-activation are activated and summed up where they are not kept: of every
/// channel the vector sums[channel] += share·Σ (relu(z + dz) − relu(z)), dz = slope·dy + base·c +
/// constant. All padded channels are read and written, of `steps` too.
template <class T>
struct PoolRows {
  const T* centred = nullptr;  // c
  const T* z = nullptr;        // z where it is kept (it holds a shortcut); null: gain·c + shift
  std::int64_t plane = 0;
  const ChannelStep<T>* steps = nullptr;
  bool relu = true;
  T share = 1;
  T* sums = nullptr;
};

/// What an edit of one weight of a 3x3 convolution does to its output channel: dy = delta·x of the
/// pixel `below` rows below and `beside` columns beside, 0 outside the picture. Moments as KeepRows
/// has them are added to sums and squares [lane] unless `sums` is null.
template <class T, class S>
struct ShiftRows {
  const T* x = nullptr;  // a plane of in_height rows of in_width vectors
  int in_height = 0, in_width = 0, stride = 1, below = 0, beside = 0;
  T delta = 0;
  S* dy = nullptr;  // height rows of width vectors
  const T* centred = nullptr;
  int height = 0, width = 0;
  double* sums = nullptr;
  double* squares = nullptr;
};

/// Output rows [first, last) of a 3x3 convolution of the ring, `padded` channels of `width` vectors
/// a row. Every Product reads one of the two weights.
template <class T>
struct ConvBand {
  const RowRing<T>* ring = nullptr;
  const T* weights = nullptr;
  const Bf16* bf16_weights = nullptr;
  Bf16ConvLayout layout;  // of bf16_weights
  int padded = 0, stride = 1, width = 0, first = 0, last = 0;
  T* scratch = nullptr;
};

/// Ways to compute a 3x3 convolution.
enum class Product {
  // The sum of products. Weights [padded/out_block][ring.channels][9][out_block].
  Direct,
  // Winograd's F(4x4, 3x3), for stride 1, four rows and widths that are multiples of 4. Weights
  // [padded/out_block][36 points][ring.channels][out_block], points as winograd.h orders them.
  Winograd,
  // The same idea for stride 2 (winograd_strided.h), for four rows and widths of outputs that are
  // multiples of 4. Weights [padded/out_block][36 filters][ring.channels][out_block].
  Strided,
  // The sum of products of inputs and weights rounded to bfloat16, added up in float32.
  Bf16
};
constexpr int kProducts = 4;

/// One way to compute convolutions; all null where these kernels do not have it.
template <class T, class S>
struct ConvKernel {
  /// Row `first` stands at the begin of each plane of `out`.
  void (*plain)(const ConvBand<T>& band, T* out, std::int64_t out_plane) = nullptr;
  /// The same with the outputs kept as changes.
  void (*keep)(const ConvBand<T>& band, const KeepRows<T, S>& keep) = nullptr;
  /// Elements of scratch for `channels` input channels of `width` and bands of `rows` input rows.
  std::int64_t (*scratch)(int channels, int width, int rows) = nullptr;
};

/// The innermost loops for one vector width. T is the type of arithmetic, S that of kept
/// differences. All pointers are aligned to 64 bytes; planes are counted in vectors of `lanes`
/// values.
template <class T, class S>
struct DeltaKernels {
  const char* name;  // "avx512", "avx2", "baseline"; for S = Bf16 also "amx", "avx512bf16"
  int lanes;         // pictures a vector
  int out_block;     // output channels a convolution computes at once; divides 8
  // Output channels that products in bf16 compute at once, and whether these are faster than
  // Winograd's in float32.
  int bf16_outs;
  bool bf16_first;

  void (*activate)(const ActivateRows<T, S>& rows);
  /// Activates and sums up `count` changes dy of a single channel; see PoolRows.
  void (*pool)(const S* dy, int count, const PoolRows<T>& rows);
  /// The same for the outputs of a convolution by Product::Direct, all its channels.
  void (*conv_pool)(const ConvBand<T>& band, const PoolRows<T>& rows);
  /// Copies rows [first, last) of ring.channels planes into the ring; rows outside the picture are
  /// zero.
  void (*fill)(const RowRing<T>& ring, const T* const* planes, int first, int last);
  ConvKernel<T, S> convs[kProducts];
  /// out[k] = Σ_f weight_kf·x_f for `padded` outputs, f = channel·pixels + pixel. Weights
  /// [padded/out_block][channels·pixels][out_block].
  void (*linear)(const T* const* planes,
                 int channels,
                 int pixels,
                 const T* weights,
                 int padded,
                 T* out,
                 std::int64_t out_plane);
  /// The change that an edit of one weight makes; see ShiftRows.
  void (*shift)(const ShiftRows<T, S>& rows);
  /// y[i] += delta·x[i·stride], i < count vectors.
  void (*add_scaled)(T* y, const T* x, int count, int stride, T delta);
  /// Keeps `count` vectors of each of `channels` planes of y as S in dy and adds, unless `sums` is
  /// null, Σ dy and Σ dy·(2c + dy) to sums and squares [channel·lanes + lane]; c = 0 if null.
  void (*finish)(const T* y,
                 std::int64_t y_plane,
                 const T* centred,
                 S* dy,
                 std::int64_t plane,
                 int channels,
                 int count,
                 double* sums,
                 double* squares);
  /// dy ← dy − mean for `count` vectors of one plane; adds the moments of what was kept, as
  /// `finish` does, to sums and squares [lane].
  void (*remove_mean)(S* dy, const T* centred, int count, T mean, double* sums, double* squares);
  /// One plane of base values: adds Σ c and Σ c² of the `count` vectors c = y − shift to sums and
  /// squares [lane]; with `keep`, y becomes c.
  void (*center)(T* y, int count, T shift, bool keep, double* sums, double* squares);
  /// One plane of base activations: z = gain·(y − center) + shift + skip (kept unless null) and
  /// a = relu(z); a may be y.
  void (*activate_base)(const T* y,
                        T center,
                        T gain,
                        T shift,
                        const T* skip,
                        int skip_stride,
                        int skip_width,
                        bool relu,
                        int height,
                        int width,
                        T* z,
                        T* a);
  /// 2x2 maxima of a plane; with `da`, how they change when da is added to a. Odd last rows and
  /// columns fall away.
  void (*max_pool)(const T* a, const T* da, int height, int width, T* out);
  /// Mean of `count` vectors.
  void (*mean)(const T* a, int count, T* out);
  /// Cross-entropy (nats) of a vector of pictures, whose logits are base + change, both
  /// [classes][lanes], in double; without change where that is null. Writes `lanes` losses, each not
  /// finite where a logit is not.
  void (*cross_entropy)(
      const double* base, const T* change, const std::int32_t* labels, int classes, double* losses);

  const ConvKernel<T, S>& conv(Product product) const { return convs[static_cast<int>(product)]; }
};

/// The widest kernels this processor runs, no wider than the environment variable ZO_ISA says
/// (baseline, avx2, avx512, avx512bf16 or amx; only S = Bf16 has kernels for the last two, so the
/// others take avx512 there). Throws a usage error where ZO_ISA is unknown or the processor lacks
/// it. A `name` other than "" asks for that kind whatever ZO_ISA says (tests, benchmarks) and gets
/// null where the processor lacks it.
template <class T, class S>
const DeltaKernels<T, S>* delta_kernels(const char* name = "");

}  // namespace zo
