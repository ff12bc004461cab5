import { useQuery } from "@tanstack/react-query";
import { Clapperboard } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";
import { getProjectsOptions } from "../client/@tanstack/react-query.gen";
import { EmptyState, ErrorNotice, Spinner } from "../ui/notices";
import { Card, PageHead } from "../ui/page";
import { Table } from "../ui/Table";

export function ProjectList() {
  const t = useTranslations("common.projects");
  const format = useFormatter();
  const projects = useQuery(getProjectsOptions());
  const found = projects.data?.projects ?? [];
  return (
    <>
      <PageHead title={t("title")} lead={t("lead")} />
      <Card>
        {projects.isPending && <Spinner />}
        <ErrorNotice error={projects.error} retry={() => void projects.refetch()} />
        {projects.isSuccess && found.length === 0 && (
          <EmptyState icon={<Clapperboard className="size-6" />} title={t("empty")} text={t("emptyText")} />
        )}
        {found.length > 0 && (
          <Table caption={t("title")} head={[t("name"), t("changed"), t("version")]}>
            {found.map((project) => (
              <tr key={project.id}>
                <td className="font-medium">{project.name}</td>
                <td className="tabular-nums">
                  {format.dateTime(new Date(project.updated_at), { dateStyle: "medium", timeStyle: "short" })}
                </td>
                <td className="tabular-nums">{project.version}</td>
              </tr>
            ))}
          </Table>
        )}
      </Card>
    </>
  );
}
