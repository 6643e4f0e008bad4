"""Source-like code in a dozen languages, from templates with random names, values and layout."""

import random

# @a@, @b@, @c@ are names, @T@ a type's name, @n@ a number, @s@ the inside of a string literal,
# @w@ words of a comment. Indentation is one tab per level; the layout is varied afterwards.
TEMPLATES = {
    "python": """\
@decorator(@n@)
async def @a@(self, @b@: dict[str, @T@], *, @c@=@n@) -> list[@T@]:
	\"\"\"@w@\"\"\"
	# @w@
	return [x ** 2 for x in @b@.values() if x is not None and x != @n@] or f"{@a@!r:>10} @s@"
""",
    "c++": """\
template <typename @T@, std::size_t N = @n@>
constexpr auto @a@(const std::vector<@T@>& @b@) noexcept -> @T@&& {
	// @w@
	for (std::size_t i = 0; i < N; ++i) @c@[i] <<= @b@.at(i) & 0x@n@ull;
	return std::move(*@b@->@c@);  /* @w@ */
}
""",
    "rust": """\
impl<'a, @T@: Clone + 'a> Iterator for @T@Iter<'a, @T@> {
	type Item = &'a @T@;
	/// @w@
	fn @a@(&mut self) -> Option<Self::Item> {
		let @b@ = self.@c@.get(@n@..=@n@)?;
		println!("{:?} @s@ {@b@:#x}", @b@);
		Some(&@b@[0])
	}
}
""",
    "go": """\
func (@b@ *@T@) @a@(ctx context.Context, @c@ ...string) (map[string]int, error) {
	if err := @b@.mu.Lock(); err != nil {
		return nil, fmt.Errorf("@s@: %w", err) // @w@
	}
	defer func() { <-@b@.done }()
	return map[string]int{"@s@": @n@, `raw@n@`: 0b1011}, nil
}
""",
    "java": """\
/**
 * @w@
 * @param @b@ the @c@
 */
@Override
public static final Optional<@T@> @a@(@T@[] @b@) throws IOException {
	return Arrays.stream(@b@).filter(x -> !x.equals("@s@")).map(@T@::new).findFirst();
}
""",
    "javascript": """\
export const @a@ = async ({ @b@, ...@c@ }) => {
	const res = await fetch(`/api/${@b@}/@s@?q=${encodeURIComponent(@c@)}`);
	return res?.ok ? /^@s@[a-z]+$/gi.test(@b@) : @c@ ?? (() => { throw new Error('@w@'); })();
};
""",
    "typescript": """\
interface @T@<K extends keyof any, V = Record<K, unknown>> {
	readonly @a@?: Promise<Array<V | null>>;
	[key: string]: any; // @w@
}
type @T@Of<T> = T extends { @b@: infer U } ? U[@n@] : never;
""",
    "c#": """\
public record @T@(int @a@ = @n@)
{
	// @w@
	public string? @b@ => @a@ switch { > @n@ => $"@s@ {@a@:N2}", _ => @"C:\\temp\\@c@" };
}
""",
    "ruby": """\
class @T@ < ApplicationRecord
	has_many :@b@, -> { where(@c@: @n@..) }, dependent: :destroy
	def @a@?(&block) = @@cache ||= %w[@w@].map(&:to_sym).each_slice(@n@).to_a
	# @w@
end
""",
    "haskell": """\
@a@ :: forall a. (Show a, Ord a) => [a] -> Maybe (@T@ a)
@a@ []       = Nothing -- @w@
@a@ (x:xs) | x' <- show x, length x' > @n@ = Just $ @T@ { _@b@ = x, _@c@ = "@s@" <> x' }
           | otherwise = @a@ =<< Just (filter (/= x) xs)
""",
    "sql": """\
-- @w@
SELECT "@a@", COUNT(*) AS @b@, COALESCE(@c@, 'it''s @s@')
  FROM public.@T@ t LEFT JOIN @b@ USING (id) WHERE t.@a@ <> @n@ AND @c@ ~* '^\\w+@s@$'
 GROUP BY 1 HAVING SUM(@c@) >= @n@.@n@e-@n@;
""",
    "shell": """\
set -euo pipefail  # @w@
@a@() {
	local @b@="${1:-@s@}"; for f in "$@b@"/*.{c,h}; do
		[[ -f $f ]] && sed -E 's/@c@([0-9]+)/\\1@n@/g' "$f" | awk '{print $@n@}' >> /tmp/@a@.$$ 2>&1
	done
}
""",
}

NAME_PARTS = """get set is has value index count buffer token next prev user id http URL XML parse encode
 state node tree cache key map list size len tmp i x foo bar sha256 utf8 Ünïcode größe данные 名前""".split()
WORDS = """the value of this must not be negative don't use it's I'll we've you're HE'S TODO: see #42
 über naïve façade größer проверка значения キャッシュを確認する 检查缓存是否有效 확인 שלום مرحبا हिन्दी ไทย → ≠ “quoted” — 🎉 👩‍💻""".split()
STRINGS = ["", "value", "%d items\\n", "a b  c", "\\u00e9", "é", "日本語", "<|endoftext|>", "C:\\\\x", "../..", "🙂"]


def name(rng):
    parts = [rng.choice(NAME_PARTS) for _ in range(rng.randint(1, 3))]
    style = rng.randrange(4)
    if style == 0:
        return "_".join(parts)
    if style == 1:
        return parts[0] + "".join(part.capitalize() for part in parts[1:])
    if style == 2:
        return "".join(part.capitalize() for part in parts)
    return "_".join(parts).upper()


def snippet(rng, template):
    text = template
    for placeholder, make in (
        ("@a@", lambda: name(rng)),
        ("@b@", lambda: name(rng)),
        ("@c@", lambda: name(rng)),
        ("@T@", lambda: name(rng).capitalize()),
        ("@n@", lambda: str(rng.randrange(10 ** rng.randint(1, 7)))),
        ("@s@", lambda: rng.choice(STRINGS)),
        ("@w@", lambda: " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 9)))),
    ):
        while placeholder in text:
            text = text.replace(placeholder, make(), 1)
    return text


def with_layout(rng, text):
    """Other indentation, nesting, line ends, and what editors leave behind."""
    indent = rng.choice(["\t", "  ", "    ", "        "])
    nesting = indent * rng.randint(0, 4)
    lines = [nesting + line.replace("\t", indent) for line in text.split("\n")]
    if rng.random() < 0.3:
        lines = [line + " " * rng.randrange(3) for line in lines]
    if rng.random() < 0.3:
        lines.insert(rng.randrange(len(lines) + 1), "" if rng.random() < 0.5 else nesting)
    return rng.choice(["\n", "\n", "\n", "\r\n", "\r", "\n\n\n"]).join(lines)


def source_samples(rng, per_language):
    return [
        with_layout(rng, "".join(snippet(rng, template) for _ in range(rng.randint(1, 3))))
        for template in TEMPLATES.values()
        for _ in range(per_language)
    ]
