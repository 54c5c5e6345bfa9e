/** What can be taken out of data on its way, and what it is called. */
import { dictionary, useT } from './index';
import en from './redaction.en.json';
import zh from './redaction.zh.json';

const words = dictionary(zh, en);
export type RedactedKind = keyof typeof en;
export const KINDS = Object.keys(en) as RedactedKind[];

/** Kinds of an app's own are shown as they are. */
export function useKindName(): (kind: string) => string {
  const t = useT(words);
  return (kind) => (Object.hasOwn(words.en, kind) ? t(kind as RedactedKind) : kind);
}
