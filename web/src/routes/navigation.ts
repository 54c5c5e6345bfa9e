import {
  Cpu,
  Database,
  Gauge,
  House,
  KeyRound,
  LayoutGrid,
  ListTree,
  type LucideIcon,
  ScrollText,
  ShieldCheck,
  Users,
} from 'lucide-react';
import { dictionary } from '@/i18n';
import en from './shell.en.json';
import zh from './shell.zh.json';

export const words = dictionary(zh, en);
type Word = keyof typeof en;

export interface Place {
  to: '/' | '/apps' | '/knowledge' | '/runs' | '/models' | '/secrets' | '/people' | '/policy' | '/audit' | '/system';
  word: Word;
  icon: LucideIcon;
  /** For those who may one of these; absent: for all. */
  needs?: string[];
}

export const HOME: Place = { to: '/', word: 'home', icon: House };
export const APPS: Place = { to: '/apps', word: 'apps', icon: LayoutGrid };
export const KNOWLEDGE: Place = { to: '/knowledge', word: 'knowledge', icon: Database, needs: ['dataset.read'] };
export const RUNS: Place = { to: '/runs', word: 'runs', icon: ListTree, needs: ['run.list'] };
const MODELS: Place = { to: '/models', word: 'models', icon: Cpu, needs: ['model.read'] };
const SECRETS: Place = { to: '/secrets', word: 'secrets', icon: KeyRound, needs: ['secret.read'] };
const PEOPLE: Place = { to: '/people', word: 'people', icon: Users, needs: ['member.read', 'key.read'] };
const POLICY: Place = { to: '/policy', word: 'policy', icon: ShieldCheck, needs: ['policy.read'] };
const AUDIT: Place = { to: '/audit', word: 'audit', icon: ScrollText, needs: ['audit.read'] };
const SYSTEM: Place = { to: '/system', word: 'system', icon: Gauge, needs: ['system.read'] };

export const GROUPS: { word: Word; places: Place[] }[] = [
  { word: 'build', places: [APPS, KNOWLEDGE, MODELS, SECRETS] },
  { word: 'use', places: [RUNS] },
  { word: 'govern', places: [PEOPLE, POLICY, AUDIT, SYSTEM] },
];

/** The bottom bar of a phone holds four; the rest is behind "more". */
export const BAR = [HOME, APPS, KNOWLEDGE, RUNS];
export const BEHIND_MORE = [MODELS, SECRETS, PEOPLE, POLICY, AUDIT, SYSTEM];

const PLACES = GROUPS.flatMap(({ places }) => places);

export const mayOpen = ({ needs }: Place, can: (permission: string) => boolean) => needs?.some(can) ?? true;

/** The place that an address is in, where those who `can` only this may not see it. `isIn` says whether it is in one. */
export const closedPlace = (isIn: (to: Place['to']) => boolean, can: (permission: string) => boolean) =>
  PLACES.find((place) => !mayOpen(place, can) && isIn(place.to));
