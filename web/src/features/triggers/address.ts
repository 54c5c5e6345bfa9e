import type { Trigger } from '@/api/types';

/** Where messages of a webhook go, as somebody outside writes it; null for a schedule. */
export const addressOf = ({ path }: Pick<Trigger, 'path'>): string | null => path && `${location.origin}${path}`;
