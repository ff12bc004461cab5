/** Every recording's analysis: who does it, how long it waited, how long it took, and what went wrong. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { ListChecks, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import {
  getLiveAnalysisJobsQueryKey,
  getLiveCamerasOptions,
  postLiveAnalysisJobsByJobIdRetryMutation,
} from "../../client/@tanstack/react-query.gen";
import { getLiveAnalysisJobs } from "../../client/sdk.gen";
import type { AnalysisJob } from "../../client/types.gen";
import { useAnnounce } from "../../ui/announcer";
import { Button } from "../../ui/Button";
import { EmptyState, ErrorNotice, Spinner } from "../../ui/notices";
import { Card, PageHead } from "../../ui/page";
import { Segmented } from "../../ui/Segmented";
import { JobTable } from "./JobTable";

type JobStatus = AnalysisJob["status"];
const CHOICES = ["all", "pending", "processing", "completed", "failed"] as const;
const JOBS_MS = 5_000;
const PAGE = 50;

export function AnalysisJobs() {
  const t = useTranslations("monitoring.analyses");
  const common = useTranslations("common");
  const [status, setStatus] = useState<(typeof CHOICES)[number]>("all");
  const [cameraId, setCamera] = useState("");
  const cameras = useQuery(getLiveCamerasOptions());
  const jobs = useJobs(status === "all" ? undefined : status, cameraId || undefined);
  const found = jobs.data?.pages.flatMap((page) => page.jobs) ?? [];
  const names = new Map(cameras.data?.cameras.map((camera) => [camera.id, camera.name]));
  return (
    <>
      <PageHead title={t("title")} lead={t("lead")}>
        <select
          aria-label={t("camera")}
          className="control w-auto"
          value={cameraId}
          onChange={(event) => setCamera(event.target.value)}
        >
          <option value="">{t("allCameras")}</option>
          {cameras.data?.cameras.map((camera) => (
            <option key={camera.id} value={camera.id}>
              {camera.name}
            </option>
          ))}
        </select>
        <Segmented
          label={t("statusLabel")}
          value={status}
          options={CHOICES.map((value) => ({ value, label: t(`status.${value}`) }))}
          onChange={setStatus}
        />
      </PageHead>
      <Card>
        {jobs.isPending && <Spinner />}
        <ErrorNotice error={jobs.error} retry={() => void jobs.refetch()} />
        {jobs.isSuccess && found.length === 0 && (
          <EmptyState icon={<ListChecks className="size-6" />} title={t("empty")} text={t("emptyText")} />
        )}
        {found.length > 0 && (
          <JobTable jobs={found} nameOf={(id) => names.get(id) ?? id} action={(job) => <Retry job={job} />} />
        )}
        {jobs.hasNextPage && (
          <div className="mt-4 text-center">
            <Button disabled={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
              {common("more")}
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}

function useJobs(status: JobStatus | undefined, camera_id: string | undefined) {
  return useInfiniteQuery({
    queryKey: getLiveAnalysisJobsQueryKey({ query: { status, camera_id, limit: PAGE } }),
    queryFn: async ({ pageParam, signal }) => {
      const query = { status, camera_id, limit: PAGE, cursor: pageParam };
      return (await getLiveAnalysisJobs({ query, signal })).data;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: JOBS_MS,
    placeholderData: keepPreviousData,
  });
}

function Retry({ job }: { job: AnalysisJob }) {
  const t = useTranslations("monitoring.analyses");
  const announce = useAnnounce();
  const format = useFormatter();
  const queries = useQueryClient();
  const retry = useMutation({
    ...postLiveAnalysisJobsByJobIdRetryMutation(),
    onSuccess: () => announce(t("retried")),
    onSettled: () =>
      queries.invalidateQueries({
        predicate: (query) => (query.queryKey[0] as { _id?: string })?._id === "getLiveAnalysisJobs",
      }),
  });
  if (job.status !== "failed") return null;
  return (
    <>
      <Button
        small
        icon={<RotateCcw aria-hidden className="size-4" />}
        disabled={retry.isPending}
        onClick={() => retry.mutate({ path: { job_id: job.id } })}
      >
        {t("retry")}
        <span className="sr-only">
          {format.dateTime(new Date(job.segment_start), { dateStyle: "short", timeStyle: "short" })}
        </span>
      </Button>
      <ErrorNotice error={retry.error} />
    </>
  );
}
