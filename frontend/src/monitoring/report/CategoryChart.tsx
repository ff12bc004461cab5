import { useTranslations } from "use-intl";
import { useCategory } from "../playback/words";

/** Incidents by kind, most of them first; the list is its own table. */
export function CategoryChart({ counts }: { counts: Readonly<Record<string, number>> }) {
  const t = useTranslations("reports");
  const category = useCategory();
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  if (rows.length === 0) return <p className="text-muted">{t("worstEmpty")}</p>;
  return (
    <table className="w-full">
      <caption className="sr-only">{t("byCategory")}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t("kind")}</th>
          <th scope="col">{t("count")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, count]) => (
          <tr key={name}>
            <th scope="row" className="w-px py-1.5 pr-4 text-left font-normal whitespace-nowrap">
              {category(name)}
            </th>
            <td className="py-1.5">
              <span className="flex items-center gap-3">
                <span className="h-4 rounded bg-accent" style={{ width: `${(count / most) * 85}%` }} />
                <span className="font-medium tabular-nums">{count}</span>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
