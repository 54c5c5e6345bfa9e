import { dictionary, useT } from '@/i18n';
import en from './words.en.json';
import zh from './words.zh.json';

/** Words of the canvas: edits by name, keys, types of ports, categories, refusals. */
export const words = dictionary(zh, en);
export const useWords = () => useT(words);
export type Word = keyof typeof en;

/** A word whose key is put together from data, such as an edit's name; the fallback where there is none. */
export const isWord = (key: string): key is Word => key in words.en;
