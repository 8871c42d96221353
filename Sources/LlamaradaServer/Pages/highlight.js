// Colours for code: comments, texts, numbers and keywords, by a few patterns a family of languages. It reads no grammar;
// where it is wrong, a word has the wrong colour.

/** Longer code stays plain: every coloured word is an element. */
const MOST_CHARACTERS = 50_000;

const TEXTS = String.raw`"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?`;
const TEMPLATES = String.raw`|\x60(?:[^\x60\\]|\\[\s\S])*\x60?`;
// A character or a lifetime: 'a' and 'static.
const CHARACTERS = String.raw`"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[^\n]{1,8}?)'`;
const SLASHES = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;

/** What begins a comment and what is a text, and which names have both. */
const FAMILIES = [
  {
    comments: String.raw`#[^\n]*`, texts: TEXTS,
    names: "python py ruby rb yaml yml toml r perl pl elixir julia makefile make dockerfile cmake nix gdscript",
  },
  // In a shell a number sign inside of a word is none.
  {
    comments: String.raw`(?<=^|\s)#[^\n]*`, texts: String.raw`"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?`,
    names: "bash sh shell zsh fish console powershell ps1",
  },
  {
    comments: SLASHES, texts: TEXTS + TEMPLATES,
    names: "javascript js jsx mjs typescript ts tsx go java kotlin kt scala dart php swift groovy",
  },
  {
    comments: SLASHES, texts: CHARACTERS,
    names: "c h cpp c++ cc hpp csharp cs rust rs zig glsl hlsl wgsl cuda metal objc",
  },
  {
    comments: String.raw`\/\*[\s\S]*?(?:\*\/|$)`, texts: TEXTS,
    names: "css scss less",
  },
  {
    comments: String.raw`--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`, texts: TEXTS,
    names: "sql lua haskell hs ada elm",
  },
  {
    comments: "(?!)", texts: TEXTS,
    names: "json json5 jsonc ini",
  },
  {
    comments: String.raw`<!-{2}[\s\S]*?(?:-{2}>|$)`, texts: String.raw`"[^"<>]*"|(?<==)'[^'<>]*'`, keywords: String.raw`<\/?[\w:-]+|\/?>`,
    names: "html xml svg vue svelte",
  },
];

const KEYWORDS = new Set((
  "abstract and as assert async await auto begin bool boolean break by case catch chan char class const "
  + "constexpr continue crate create const def default defer del delete do done double drop elif else elsif "
  + "end ensure enum esac except export extends extension extern false fi final finally float fn for foreach "
  + "from func function global go group guard having if impl implements import in inner insert instanceof int "
  + "interface into is join lambda left let limit local long loop match mod module mut mutating namespace new "
  + "nil nonlocal none not null of on operator or order override package pass pub public private protected "
  + "protocol raise range readonly ref rescue return select self set short signed sizeof static std string "
  + "struct super switch table template then this throw throws trait true try type typedef typeof union "
  + "unless unsafe unsigned until update use using values var virtual void volatile when where while with "
  + "yield"
).split(" "));

/** Code as pieces `[kind, text]`; `kind` is "comment", "text", "number", "keyword", or "" for the rest. */
export function highlighted(code, language) {
  const family = FAMILIES.find(({ names }) => names.split(" ").includes(language.toLowerCase()));
  if (!family || code.length > MOST_CHARACTERS) return [["", code]];
  const pattern = new RegExp(
    [
      `(?<comment>${family.comments})`, `(?<text>${family.texts})`, `(?<keyword>${family.keywords ?? "(?!)"})`,
      String.raw`(?<number>\b\d[\w.]*)`, String.raw`(?<word>[\p{L}_$][\p{L}\p{N}_$]*)`,
    ].join("|"), "gu");
  const pieces = [];
  let end = 0;
  for (const found of code.matchAll(pattern)) {
    const kind = kindOf(found.groups, family, language);
    if (!kind) continue;
    if (found.index > end) pieces.push(["", code.slice(end, found.index)]);
    pieces.push([kind, found[0]]);
    end = found.index + found[0].length;
  }
  if (end < code.length) pieces.push(["", code.slice(end)]);
  return pieces;
}

function kindOf(groups, family, language) {
  for (const kind of ["comment", "text", "keyword", "number"]) if (groups[kind] !== undefined) return kind;
  if (family.keywords) return "";
  // SQL's are written in either case; elsewhere a capital makes a name.
  const isEither = language.toLowerCase() === "sql" || ["True", "False", "None"].includes(groups.word);
  return KEYWORDS.has(isEither ? groups.word.toLowerCase() : groups.word) ? "keyword" : "";
}
