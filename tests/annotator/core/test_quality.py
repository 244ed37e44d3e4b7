from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image

from annotator.core.quality import HashIndex, difference_hash, hash_distance, is_featureless, near_duplicate_groups
from tests.annotator.core.samples import picture_bytes


def test_the_hash_of_a_falling_ramp_is_all_ones_and_of_a_rising_one_all_zeros():
    ramp = Image.new("L", (9, 8))
    ramp.putdata([255 - 20 * column for _ in range(8) for column in range(9)])
    assert difference_hash(ramp) == 2**64 - 1
    assert difference_hash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
    assert is_featureless(0) and is_featureless(2**64 - 1)


def test_distance_counts_differing_bits():
    assert hash_distance(0b1011, 0b0010) == 2


def test_a_smaller_recompressed_copy_is_near_and_another_picture_is_far():
    with Image.open(BytesIO(picture_bytes(1, (640, 480)))) as image:
        first = difference_hash(image)
        copy = BytesIO()
        image.resize((320, 240)).save(copy, "JPEG", quality=40)
    with Image.open(copy) as image:
        assert hash_distance(first, difference_hash(image)) <= 4
    with Image.open(BytesIO(picture_bytes(2, (640, 480)))) as image:
        assert hash_distance(first, difference_hash(image)) > 12


def test_the_index_finds_exactly_what_comparing_all_finds():
    rng = Random(3)
    base = [rng.getrandbits(64) for _ in range(300)]
    index: HashIndex[int] = HashIndex(4)
    for key, dhash in enumerate(base):
        index.add(key, dhash)
    for _ in range(300):
        wanted = rng.choice(base)
        for bit in rng.sample(range(64), rng.randint(0, 7)):
            wanted ^= 1 << bit
        nearest = min((hash_distance(wanted, other), key) for key, other in enumerate(base))
        found = index.nearest(wanted)
        assert (found is not None) == (nearest[0] <= 4)
        if found is not None:
            assert found[1] == nearest[0]


def test_groups_hold_near_pictures_and_leave_out_loners_and_featureless_ones():
    a, b = 0x0F0F_1234_5678_9ABC, 0xFFFF_0000_AAAA_5555
    assert near_duplicate_groups([("a", a), ("b", b), ("a2", a ^ 0b111), ("flat", 0), ("flat2", 0)]) == [["a", "a2"]]
