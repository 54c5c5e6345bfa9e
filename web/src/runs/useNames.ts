import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { nodeTypesQuery, runGraphQuery } from '@/api/queries';
import type { GraphNode, NodeType } from '@/api/types';
import { useT, useText } from '@/i18n';
import { innerNodes, nodeAt } from './inner';
import { outside } from './paths';
import { words } from './words';

export interface Names {
  /** What people call a node: its title, else what its type is called, else its id. */
  title(path: string): string;
  /** With the containers and passes around it: "Each item › pass 3 › Summary". */
  trail(path: string): string;
  type(path: string): NodeType | undefined;
  node(path: string): GraphNode | undefined;
  /** Does it hold a graph of its own? */
  isContainer(path: string): boolean;
  /** How many nodes the graph has, without those inside of containers; null until it is known. */
  count: number | null;
}

/** Titles and types of the nodes of a run's graph, by their paths. */
export function useNames(runId: string | null): Names {
  const text = useText();
  const t = useT(words);
  const { data: graph } = useQuery({ ...runGraphQuery(runId ?? ''), enabled: runId !== null });
  const { data: catalogue } = useQuery(nodeTypesQuery);
  return useMemo(() => {
    const types = new Map(catalogue?.types.map((type) => [type.type, type]));
    const found = new Map<string, GraphNode | undefined>();
    const node = (path: string) => {
      const plain = outside(path);
      if (!found.has(plain)) found.set(plain, nodeAt(graph?.nodes ?? [], plain, types));
      return found.get(plain);
    };
    const type = (path: string) => types.get(node(path)?.type ?? '');
    const title = (path: string) => node(path)?.title || text(type(path)?.label) || path;
    const trail = (path: string) => {
      const parts = path.split('/');
      const said = parts.map((part, index) =>
        index % 2 ? t('passN', { n: Number(part) + 1 }) : title(parts.slice(0, index + 1).join('/')),
      );
      return said.join(' › ');
    };
    const isContainer = (path: string) => {
      const found = node(path);
      return found !== undefined && innerNodes(found, types).length > 0;
    };
    return { title, trail, type, node, isContainer, count: graph ? graph.nodes.length : null };
  }, [graph, catalogue, text, t]);
}
