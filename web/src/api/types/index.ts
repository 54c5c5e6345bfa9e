/** The shapes of the HTTP API that the web app uses. */

export type { Text } from '@/i18n';
export type * from './account';
export type * from './apps';
export type * from './audit';
export type * from './chat';
export type * from './evaluation';
export type * from './graph';
export type * from './incidents';
export type * from './knowledge';
export type * from './models';
export type * from './people';
export type * from './runs';
export type * from './secrets';
export type * from './tools';
export type * from './triggers';
