import en from './common.en.json';
import zh from './common.zh.json';
import { dictionary, useT } from './index';

/** Words used on many pages. */
export const common = dictionary(zh, en);
export const useCommon = () => useT(common);
