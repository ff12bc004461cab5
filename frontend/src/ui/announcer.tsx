/** Says what happened, to eyes for a few seconds and to screen readers through a live region. */
import { CircleCheck } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";

const SHOWN_MS = 5_000;
const Announce = createContext<(text: string) => void>(() => {});

export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<{ text: string; number: number } | null>(null);
  const announce = useCallback((text: string) => {
    setSaid((before) => ({ text, number: (before?.number ?? 0) + 1 }));
  }, []);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <Announce value={announce}>
      {children}
      <div
        role="status"
        className="pointer-events-none fixed inset-x-0 bottom-20 z-50 flex justify-center px-4 lg:bottom-6"
      >
        {said && (
          <p key={said.number} className="card flex items-center gap-2 px-4 py-3 font-medium">
            <CircleCheck aria-hidden className="size-5 text-good" />
            {said.text}
          </p>
        )}
      </div>
    </Announce>
  );
}

export function useAnnounce(): (text: string) => void {
  return useContext(Announce);
}
