/** A browser and its system in a few words, from what it says of itself. Pure.
 *
 * Browsers claim to be others for old sites' sake, so the order matters: the one that claims least comes first.
 */
const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger/, 'WeChat'],
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|Opera/, 'Opera'],
  [/HuaweiBrowser/, 'Huawei Browser'],
  [/QQBrowser/, 'QQ Browser'],
  [/SamsungBrowser/, 'Samsung Internet'],
  [/Firefox\/|FxiOS/, 'Firefox'],
  [/Chrome\/|CriOS|Chromium/, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/curl\//, 'curl'],
  [/python|httpx/i, 'Python'],
];

const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

const first = (agent: string, known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(agent))?.[1];

/** `Chrome · Windows`; empty where nothing is known. */
export function deviceOf(agent: string): string {
  return [first(agent, BROWSERS), first(agent, SYSTEMS)].filter(Boolean).join(' · ');
}

/** Held in the hand. */
export const isPhone = (agent: string) => /iPhone|iPad|Android|HarmonyOS|Mobile/.test(agent);
