import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { nodeTypesQuery, runGraphQuery } from '@/api/queries';
import type { NodeType } from '@/api/types';
import { useText } from '@/i18n';

export interface Names {
  /** What people call a node: its title, else what its type is called, else its id. */
  title(node: string): string;
  type(node: string): NodeType | undefined;
  /** How many nodes the graph has; null until it is known. */
  count: number | null;
}

/** Titles and types of the nodes of a run's graph. */
export function useNames(runId: string | null): Names {
  const text = useText();
  const { data: graph } = useQuery({ ...runGraphQuery(runId ?? ''), enabled: runId !== null });
  const { data: catalogue } = useQuery(nodeTypesQuery);
  return useMemo(() => {
    const types = new Map(catalogue?.types.map((type) => [type.type, type]));
    const nodes = new Map(graph?.nodes.map((node) => [node.id, node]));
    const type = (id: string) => types.get(nodes.get(id)?.type ?? '');
    const title = (id: string) => nodes.get(id)?.title || text(type(id)?.label) || id;
    return { title, type, count: graph ? graph.nodes.length : null };
  }, [graph, catalogue, text]);
}
