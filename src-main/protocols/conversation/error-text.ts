/** Longest text of a server that is shown to a client, in characters. */
const longest = 2000;

const titles = /<(title|h1)\b[^>]*>([\s\S]*?)<\/\1\s*>/i;
const topLevelDomains = 'com|net|org|io|ai|dev|app|cloud|cn|eu|local|lan|internal|intranet|corp|arpa';

/** What is replaced, in this order, and by what. A text must not tell where the server stands, which files it has or which secret it was sent. */
const masks: readonly (readonly [RegExp, string])[] = [
  // Secrets: first those that say what they are, then the shapes of well-known keys, tokens and long random strings.
  [/\b(authorization|proxy-authorization|cookie)("?\s*[:=]\s*"?)(?:(?:bearer|basic)\s+)?[^\s"',;]+/gi, '$1$2[secret]'],
  [/\b(bearer|basic)\s+(?=[\w.~+/=-]*\d)[\w.~+/=-]{6,}/gi, '$1 [secret]'],
  [
    /\b((?:api|access|subscription|secret|x-api)[-_ ]?(?:key|token)|access_token|auth[-_ ]token|password|passwd|client[-_ ]secret)((?: provided)?"?\s*[:=]\s*["'`]?)[^\s"'`,;]+/gi,
    '$1$2[secret]',
  ],
  [/\b(?:(?:sk|pk|rk|xai|pplx|nvapi|csk)[-_]|(?:dgm|gsk|hf|ghp|gho|r8|tgp|fw)_)[\w*.-]{6,}/g, '[secret]'],
  [/\bgithub_pat_\w+|\bAIza[\w-]{20,}|\bAKIA[A-Z0-9]{12,}/g, '[secret]'],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '[secret]'],
  // Addresses: URLs, then bare hosts and address:port pairs.
  [/\bdata:[\w.+/-]+;base64,[\w+/=]+/gi, '[data]'],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>)\]}]*[^\s"'`<>)\]}.,;:!?]/gi, '[address]'],
  [/\[[0-9a-f]*:[0-9a-f:.]*\](?::\d{1,5})?/gi, '[address]'],
  [/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)(?::\d{1,5})?/g, '[address]'],
  [/\blocalhost(?::\d{1,5})?\b/gi, '[address]'],
  [
    new RegExp(
      `(?<![\\w@.])(?:[a-z0-9_-]+\\.)+(?:${topLevelDomains})(?::\\d{1,5})?(?![\\w-]|\\.\\w)(?:/[^\\s"'<>)]*)?`,
      'gi',
    ),
    '[address]',
  ],
  [/(?<![\w@.])(?:[a-z0-9_-]+\.)+[a-z]{2,}:\d{2,5}\b/gi, '[address]'],
  [
    /\b(to|at|from|on|tcp|host|via|with|lookup|econnrefused|econnreset|enotfound|eai_again|etimedout) [a-z][\w-]*:\d{2,5}\b/gi,
    '$1 [address]',
  ],
  [/\b(lookup|enotfound|eai_again) [a-z][\w-]*/gi, '$1 [address]'],
  // Files of the server: absolute paths (not a gateway's endpoints, not JSON pointers), Windows paths.
  [/(?<![\w#./$*-])~?\/(?!v\d|api\/)[\w.@+~-]+(?:\/[\w.@+~-]*[\w@+~-])+(?::\d+)*/g, '[path]'],
  [/(?<![\w#./$*-])\/[\w-]+\.(?:gguf|bin|safetensors|json|py|js|ts|so|log|txt|ya?ml|toml)\b/g, '[path]'],
  [/(?<![\w])[a-z]:\\[^\s"'<>|]+/gi, '[path]'],
  // Long random strings that are neither words nor numbers.
  [/\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{32,}\b/g, '[secret]'],
];

/** Frames of stack traces of Node, Python, Go and Java, each a whole line. */
const frames =
  /^[ \t]*(?:at .+(?:\(.*\)|:\d+:\d+)|File ".*", line \d+.*|Traceback \(most recent call last\):|goroutine \d+ \[.*|\S+\.go:\d+.*|\.\.\. \d+ more)[ \t]*$/gm;

/**
 * A server's own words, fit to be shown to a client: no markup, no stack frames, no address, path or secret, and of bounded length.
 * What is left stands verbatim, because clients act on exact words. "" when nothing is left.
 */
export function cleanErrorText(text: string): string {
  let cleaned = looksLikeMarkup(text) ? textOfMarkup(text) : text.slice(0, longest * 8);
  cleaned = cleaned.replaceAll(frames, '');
  for (const [what, by] of masks) cleaned = cleaned.replaceAll(what, by);
  cleaned = dropControls(cleaned)
    .replaceAll(/\n\s*\n+/g, '\n')
    .trim();
  return cleaned.length > longest ? `${cleaned.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : cleaned;
}

/** Whether the text is a web page (of a proxy between, mostly) and no answer of a model server. */
export function looksLikeMarkup(text: string): boolean {
  return /^\s*(?:<!doctype|<\?xml|<html|<head|<body|<center|<h1|<title|<pre|<p\b|<div)/i.test(text);
}

/** The page's title or first heading; without one, its words. */
function textOfMarkup(text: string): string {
  const page = text.slice(0, 16_384).replaceAll(/<!--[\s\S]*?-->/g, ' ');
  const heading = titles.exec(page)?.[2];
  const words = heading ?? page.replaceAll(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, ' ');
  return words
    .replaceAll(/<[^>]*>?/g, ' ')
    .replaceAll(/&(?:nbsp|#160);/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/<[^>]*>?/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}

function dropControls(text: string): string {
  let kept = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 ? code !== 0x7f : character === '\n' || character === '\t') kept += character;
  }
  return kept;
}
