"""Chooses the images of each step's batch: the same ones in the same order as in the browser."""

MASK = 0xFFFFFFFF


class Stream:
    """Random numbers of one seed, purpose and index (xoroshiro128+, Blackman and Vigna 2018)."""

    PURPOSES = {"shuffle": 1, "augment": 2}

    def __init__(self, seed, purpose, index):
        start = self._mix(self._mix(self._mix(0, seed), self.PURPOSES[purpose]), index)
        self.s0 = MASK << 32 | start ^ MASK
        self.s1 = start << 32

    @staticmethod
    def _mix(state, value):
        """Applies MurmurHash3's finaliser, so that neighbouring seeds give unrelated streams."""
        h = (state * 31 + value + 0x9E3779B9) & MASK
        h = ((h ^ h >> 16) * 0x85EBCA6B) & MASK
        h = ((h ^ h >> 13) * 0xC2B2AE35) & MASK
        return h ^ h >> 16

    @staticmethod
    def _rotate(x, k):
        return (x << k | x >> (64 - k)) & 0xFFFFFFFFFFFFFFFF

    def _next(self):
        """Returns 32 random bits, the sum of the lower halves, as a signed number."""
        s0, s1 = self.s0, self.s1
        result = (s0 + s1) & MASK
        s1 ^= s0
        self.s0 = self._rotate(s0, 24) ^ s1 ^ (s1 << 16 & 0xFFFFFFFFFFFFFFFF)
        self.s1 = self._rotate(s1, 37)
        return result - (1 << 32) if result >> 31 else result

    def integer(self, low, high):
        """A whole number from low to high, both included."""
        size = high - low + 1
        allowed = (1 << 32) // size * size if size > 2 else 1 << 32
        value = self._next() + (1 << 31)
        while value >= allowed:
            value = self._next() + (1 << 31)
        return value % size + low

    def shuffle(self, values, start=0, end=None):
        """Shuffles in place (Fisher and Yates)."""
        for i in range((len(values) if end is None else end) - 1, start, -1):
            j = self.integer(start, i)
            values[i], values[j] = values[j], values[i]


def epoch_order(seed, epoch, shard_counts):
    """Shuffles the first epoch within each shard, since the browser loads them one by one; later epochs as a whole."""
    order = list(range(sum(shard_counts)))
    stream = Stream(seed, "shuffle", epoch)
    if epoch:
        stream.shuffle(order)
        return order
    start = 0
    for count in shard_counts:
        stream.shuffle(order, start, start + count)
        start += count
    return order


class Order:
    """Epochs follow one another without a gap: a batch may contain the end of one and the start of the next."""

    def __init__(self, seed, batch, shard_counts):
        self.seed, self.batch, self.shard_counts = seed, batch, shard_counts
        self.total = sum(shard_counts)
        self.orders = {}

    def indices(self, step):
        """Returns the indices of a step's images; steps count from 0."""
        places = range(step * self.batch, (step + 1) * self.batch)
        return [self._order(place // self.total)[place % self.total] for place in places]

    def _order(self, epoch):
        if epoch not in self.orders:
            self.orders = {e: o for e, o in self.orders.items() if e >= epoch - 1}
            self.orders[epoch] = epoch_order(self.seed, epoch, self.shard_counts)
        return self.orders[epoch]


def moves(seed, step, count, halve):
    """Draws the crops and flips of a batch (He et al. 2015, section 4.2): (down, right, flip) for every image."""
    padding = 2 if halve else 4
    stream = Stream(seed, "augment", step)
    drawn = [(-padding, padding), (-padding, padding), (0, 1)]
    return [tuple(stream.integer(*ends) for ends in drawn) for _ in range(count)]
