"""The published tokenisers, put together with Hugging Face's library from a GGUF vocabulary and the
steps that the models' tokenizer.json files name."""

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
SEED_CODER = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+"
              r"|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK_CODER = [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"]


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def byte_level(use_regex):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


def digits():
    return pre_tokenizers.Digits(individual_digits=True)


# By GGUF's name of the pre-tokeniser.
STEPS = {
    "qwen2": [split(QWEN2), byte_level(False)],
    "smollm": [digits(), byte_level(True)],
    "starcoder": [digits(), byte_level(True)],
    "llama-bpe": [split(LLAMA3), byte_level(False)],
    "deepseek-coder": [*map(split, DEEPSEEK_CODER), digits(), byte_level(False)],
    "seed-coder": [split(SEED_CODER), byte_level(False)],
    "gpt-2": [byte_level(True)],
}

# Those whose published form brings text to Unicode's normal form C first.
NORMALIZING = {"qwen2"}


def pre_tokenizer(name):
    return pre_tokenizers.Sequence(STEPS[name])


def piece_lengths(name, text):
    """The lengths in bytes: the last step writes each byte as one character."""
    return [len(piece) for piece, _ in pre_tokenizer(name).pre_tokenize_str(text)]


class PublishedTokenizer:
    def __init__(self, vocabulary):
        ids = {text: token for token, (text, is_normal)
               in enumerate(zip(vocabulary["texts"], vocabulary["is_normal"])) if is_normal}
        self.missing_bytes = sorted(set(pre_tokenizers.ByteLevel.alphabet()) - ids.keys())
        # A byte without a token vanishes in the published tokeniser, and becomes U+001A in
        # Nextline. Here each gets a number of its own, which `encode` reads as U+001A.
        self.first_missing = len(vocabulary["texts"])
        self.substitute = ids["Ě"]
        ids.update((letter, self.first_missing + i) for i, letter in enumerate(self.missing_bytes))
        merges = [tuple(merge.split(" ")) for merge in vocabulary["merges"]]
        name = vocabulary["pre_tokenizer"]
        self.plain = Tokenizer(models.BPE(ids, merges))
        self.plain.pre_tokenizer = pre_tokenizer(name)
        self.normalizing = None
        if name in NORMALIZING:
            self.normalizing = Tokenizer(models.BPE(ids, merges))
            self.normalizing.pre_tokenizer = pre_tokenizer(name)
            self.normalizing.normalizer = normalizers.NFC()

    def encode(self, texts, normalize=False):
        tokenizer = self.normalizing if normalize else self.plain
        return [[token if token < self.first_missing else self.substitute for token in encoding.ids]
                for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
