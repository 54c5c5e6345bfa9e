/** Conversations: their turns are runs. */
import type { Run } from './runs';

/** How an app chats. `question`: the input that takes what a person writes, empty for the first text. */
export interface ChatSettings {
  question: string;
  opening: string;
  suggestions: string[];
  memory_tokens: number;
  memory_turns: number;
}

export interface Conversation {
  id: string;
  app_id: string;
  title: string;
  version: 'published' | 'draft';
  mine: boolean;
  created_at: number;
  created_by: string;
  updated_at: number;
}

export type Vote = 'up' | 'down';

/** A question and its answer: readings of `run`, whose id is the turn's. */
export interface Turn {
  question: string;
  answer: string;
  feedback: { vote: Vote; comment: string; at: number } | null;
  run: Run;
}

/** A value that lives as long as a conversation: `conversation.topic` in templates. */
export interface ConversationVariable {
  name: string;
  type?: string;
  default?: unknown;
}
