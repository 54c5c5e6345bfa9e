/** Tools of MCP servers: as a node keeps them, and as a lookup finds them. */
import type { Text } from '@/i18n';

export interface McpTool {
  name: string;
  description: string;
  input_schema: Record<string, unknown>;
  /** Running it twice does no harm. */
  idempotent: boolean;
}

export interface FoundMcpTool extends McpTool {
  /** For people; may be empty. */
  title: string;
  /** Its server says that it changes nothing. */
  read_only: boolean;
}

export interface McpLookup {
  /** The version that the server speaks. */
  protocol: string;
  tools: FoundMcpTool[];
  left_out: { name: string; reason: Text }[];
  /** It has more tools than were read. */
  more: boolean;
}
