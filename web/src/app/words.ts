import { dictionary } from '@/i18n';
import en from './words.en.json';
import zh from './words.zh.json';

export const words = dictionary(zh, en);
