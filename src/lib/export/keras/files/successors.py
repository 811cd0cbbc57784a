"""
Small residual networks after those of resnet.py, for images of CIFAR-10's size: bottlenecks (He et al. 2015), wide
networks (Zagoruyko and Komodakis 2016), ResNeXt (Xie et al. 2017), squeeze-and-excitation (Hu et al. 2018), one learned
number for each block (ReZero, Bachlechner et al. 2021; SkipInit, De and Smith 2020), and stochastic depth (Huang et al.
2016). Other options are those of Parts.
"""

from keras import initializers, layers

from resnet import Parts, basic, small


class Scale(layers.Layer):
    """Multiplies everything by one learned number, with a penalty on its size."""

    def __init__(self, initial, penalty, name):
        super().__init__(name=name)
        self.initial, self.penalty = initial, penalty

    def build(self, _):
        def penalise(scale):
            return self.penalty * abs(scale[0])

        options = {"regularizer": penalise} if self.penalty else {}
        self.scale = self.add_weight(shape=(1,), initializer=initializers.Constant(self.initial), **options)

    def call(self, x):
        return self.scale * x


def bottleneck_mini(depth=20, size=32, width=16, image_channels=3, classes=10, gates=None, **options):
    """Depth 9n + 2. Blocks of 1x1, 3x3 and 1x1 convolutions; the last has four times as many channels."""

    def bottleneck(channels, stride):
        return [(channels, 1, stride), (channels, 3, 1), (4 * channels, 1, 1)]

    parts = Parts("B", **options)
    return small(parts, bottleneck, (depth - 2) // 9, size, width, image_channels, classes, gates=gates)


def resnext_mini(depth=20, groups=8, size=32, width=16, image_channels=3, classes=10, gates=None, **options):
    """Depth 9n + 2. Bottlenecks that are twice as wide inside, with a 3x3 convolution in groups."""

    def aggregated(channels, stride):
        return [(2 * channels, 1, 1), (2 * channels, 3, stride, groups), (4 * channels, 1, 1)]

    parts = Parts("B", **options)
    return small(parts, aggregated, (depth - 2) // 9, size, width, image_channels, classes, gates=gates)


def wide_mini(depth=8, factor=3, size=32, width=8, image_channels=3, classes=10, gates=None, **options):
    """Depth 6n + 2, with pre-activation. The first stage has `factor` times as many channels as the stem."""

    def widened(channels, stride):
        return basic(factor * channels, stride)

    parts = Parts("B", order="pre", **options)
    return small(parts, widened, (depth - 2) // 6, size, width, image_channels, classes, gates=gates)


def se_mini(depth=20, reduction=4, size=32, width=16, image_channels=3, classes=10, gates=None, **options):
    """Depth 6n + 2. Two dense layers compute factors of F's channels; the first has 1 unit for `reduction` of them."""
    parts = Parts("A", **options)

    def ends(number, count, y, name):
        channels = y.shape[-1]
        z = layers.GlobalAveragePooling2D()(y)
        z = parts.dense(z, -(-channels // reduction), f"{name}.end.reduce", "relu")
        z = parts.dense(z, channels, f"{name}.end.excite", "sigmoid")
        return layers.Multiply()([y, layers.Reshape((1, 1, channels))(z)])

    return small(parts, basic, (depth - 2) // 6, size, width, image_channels, classes, gates=gates, ends=ends)


def rezero_mini(
    depth=20,
    scale="rezero",
    penalty=0.0,
    size=32,
    width=16,
    image_channels=3,
    classes=10,
    norm="none",
    initialisation="he",
    gates=None,
    **options,
):
    """Depth 6n + 2. scale: "rezero" starts at 0; "skipinit" at 1 / sqrt(number of blocks), with pre-activation."""
    zero = scale == "rezero" or initialisation == "zero-residual"
    draw = "he" if initialisation == "zero-residual" else initialisation
    parts = Parts("A", order="post" if scale == "rezero" else "pre", norm=norm, initialisation=draw, **options)

    def ends(number, count, y, name):
        return Scale(0.0 if zero else count**-0.5, penalty, f"{name}.end")(y)

    return small(parts, basic, (depth - 2) // 6, size, width, image_channels, classes, gates=gates, ends=ends)


def stochastic_mini(depth=20, survival=0.5, size=32, width=16, image_channels=3, classes=10, gates=None, **options):
    """Depth 6n + 2. In training, an image skips F with a probability that rises linearly to 1 - `survival`."""
    parts = Parts("A", **options)

    def ends(number, count, y, name):
        return layers.Dropout((1 - survival) * (number + 1) / count, noise_shape=(None, 1, 1, 1))(y)

    return small(parts, basic, (depth - 2) // 6, size, width, image_channels, classes, gates=gates, ends=ends)
