/** Which address shows which page. Pages are loaded when they are first asked for. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
} from "@tanstack/react-router";
import { Crashed, NotFound } from "./layout/faults";
import { Shell } from "./layout/Shell";
import { Gate, Outside } from "./session/Gate";
import { ForgotPassword, ResetPassword, VerifyEmail } from "./session/Recovery";
import { SignIn } from "./session/SignIn";
import { SignUp } from "./session/SignUp";

const HOME = "/monitoring";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });

const outside = createRoute({
  getParentRoute: () => root,
  id: "outside",
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: ownPath(search.next) }),
  component: () => (
    <Outside next={outside.useSearch().next ?? HOME}>
      <Outlet />
    </Outside>
  ),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: () => <Gate>{(user) => <Shell user={user} />}</Gate>,
});

const signIn = createRoute({ getParentRoute: () => outside, path: "/sign-in", component: SignIn });
const signUp = createRoute({ getParentRoute: () => outside, path: "/sign-up", component: SignUp });
const forgot = createRoute({
  getParentRoute: () => root,
  path: "/forgot-password",
  component: ForgotPassword,
});
const reset = createRoute({ getParentRoute: () => root, path: "/reset-password", component: ResetPassword });
const verify = createRoute({ getParentRoute: () => root, path: "/verify-email", component: VerifyEmail });

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  component: () => <Navigate to={HOME} replace />,
});
const grid = createRoute({
  getParentRoute: () => inside,
  path: "/monitoring",
  component: lazyRouteComponent(() => import("./monitoring/cameras/CameraGrid"), "CameraGrid"),
});
// not below /monitoring: a camera may have any name as its id
const newCamera = createRoute({
  getParentRoute: () => inside,
  path: "/add-camera",
  component: lazyRouteComponent(() => import("./monitoring/editor/NewCamera"), "NewCamera"),
});
const camera = createRoute({
  getParentRoute: () => inside,
  path: "/monitoring/$cameraId",
  validateSearch: (search: Record<string, unknown>): { at?: string } => ({ at: moment(search.at) }),
  component: lazyRouteComponent(() => import("./monitoring/cameras/CameraPage"), "CameraPage"),
});
const editCamera = createRoute({
  getParentRoute: () => inside,
  path: "/monitoring/$cameraId/settings",
  component: lazyRouteComponent(() => import("./monitoring/editor/EditCamera"), "EditCamera"),
});
const analyses = createRoute({
  getParentRoute: () => inside,
  path: "/analyses",
  component: lazyRouteComponent(() => import("./monitoring/analyses/AnalysisJobs"), "AnalysisJobs"),
});
const workers = createRoute({
  getParentRoute: () => inside,
  path: "/workers",
  component: lazyRouteComponent(() => import("./monitoring/workers/Workers"), "Workers"),
});
const alerts = createRoute({
  getParentRoute: () => inside,
  path: "/alerts",
  component: lazyRouteComponent(() => import("./monitoring/alerts/AlertList"), "AlertList"),
});
const alertSettings = createRoute({
  getParentRoute: () => inside,
  path: "/alerts/settings",
  component: lazyRouteComponent(() => import("./monitoring/alerts/AlertSettings"), "AlertSettings"),
});
const reports = createRoute({
  getParentRoute: () => inside,
  path: "/reports",
  validateSearch: (search: Record<string, unknown>): { camera?: string; date?: string } => ({
    camera: typeof search.camera === "string" ? search.camera : undefined,
    date:
      typeof search.date === "string" && /^\d{4}-\d{2}-\d{2}$/.test(search.date) ? search.date : undefined,
  }),
  component: lazyRouteComponent(() => import("./monitoring/report/ReportPage"), "ReportPage"),
});
const projects = createRoute({
  getParentRoute: () => inside,
  path: "/projects",
  component: lazyRouteComponent(() => import("./projects/ProjectList"), "ProjectList"),
});

/** Only paths of our own: a link with `next=//elsewhere` leads nowhere else. */
function ownPath(value: unknown): string | undefined {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : undefined;
}

function moment(value: unknown): string | undefined {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

export const router = createRouter({
  routeTree: root.addChildren([
    outside.addChildren([signIn, signUp]),
    inside.addChildren([
      home,
      grid,
      newCamera,
      camera,
      editCamera,
      analyses,
      workers,
      alerts,
      alertSettings,
      reports,
      projects,
    ]),
    forgot,
    reset,
    verify,
  ]),
  scrollRestoration: true,
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: Crashed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
