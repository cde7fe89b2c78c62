mod choice;
mod ended;
mod live;
mod plan;
mod subject;

use std::cell::RefCell;
use std::fmt::Display;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use shared::base::failure::CommandError;
use shared::edge::cluster::Cluster;
use shared::edge::jobs::{self, JobError, Pods};
use shared::edge::logs::{Notice, Options, Pace};
use shared::logs::filter::Filter;
use shared::logs::form::{Form, Style};
use shared::logs::window::{Since, Window, parse_seconds, parse_time};
use shared::term::{Teller, Terminal};
use shared::tfjob::name::JobRef;
use shared::tfjob::replica::ReplicaType;

use crate::naming::JobName;
use crate::session::Session;
use choice::{Choice, Containers, Indices};
use live::Asked;
use plan::Plan;
use subject::Subject;

/// Show the logs of a TFJob's replicas as one stream
///
/// The training containers of all replicas, chief first, then workers by number. What has no log, and why, is told on
/// stderr. With -f new and recreated pods are followed until the job has ended, and broken connections are made again
/// without losing or repeating a line; pods that run on after the job's end are followed for a few seconds more. The pods that a deleted job left are found too. Exit codes: 0 the logs were
/// read; 1 there is no pod, or no log that can be read, or a log broke.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kubectl tfjob logs mnist
  kubectl tfjob logs mnist -f --tail 10
  kubectl tfjob logs mnist --replica worker --index 0-3,7 -i 'loss|accuracy'
  kubectl tfjob logs mnist --merge --since 1h -o json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    job: JobName,
    /// Read on as lines are written, until the job has ended
    #[arg(short, long, conflicts_with_all = ["merge", "previous"])]
    follow: bool,
    /// Only replicas of these types, such as worker or ps
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',')]
    replica: Vec<ReplicaType>,
    /// Only replicas of these numbers, such as 0 or 1-3,7
    #[arg(long, value_name = "LIST")]
    index: Option<Indices>,
    /// Only the replica that decides about the job
    #[arg(long, conflicts_with_all = ["replica", "index"])]
    chief: bool,
    /// The container; without it the one called tensorflow, else the first
    #[arg(short, long, value_name = "NAME")]
    container: Option<String>,
    /// All containers: init containers first, then in the order of the spec
    #[arg(long, conflicts_with = "container")]
    all_containers: bool,
    /// The log of each container's run before the present one
    #[arg(short, long)]
    previous: bool,
    /// Only lines younger than this, such as 30s, 5m or 2h
    #[arg(long, value_name = "DURATION", value_parser = seconds, conflicts_with = "since_time")]
    since: Option<u64>,
    /// Only lines since this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    since_time: Option<Timestamp>,
    /// Only so many of each log's last lines; -1 for all
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = clap::value_parser!(i64).range(-1..))]
    tail: Option<i64>,
    /// Show when each line was written
    #[arg(long)]
    timestamps: bool,
    /// Order the lines of all replicas by the times at which they were written
    #[arg(long)]
    merge: bool,
    /// Only lines that match this regular expression; with several, any of them
    ///
    /// Of a line over 1 MiB the first MiB is looked at.
    #[arg(short, long, value_name = "RE")]
    include: Vec<String>,
    /// No lines that match this regular expression
    #[arg(short, long, value_name = "RE")]
    exclude: Vec<String>,
    /// Say before each line where it comes from; auto: if there is more than one log
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    prefix: When,
    /// Output format: text; json, one object a line; or raw, the containers' bytes alone
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Output,
    /// How many logs are read at once at most; the others wait
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_log_requests: Option<u32>,
    /// Do not fail because of a log that breaks
    #[arg(long)]
    ignore_errors: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
    Raw,
}

fn seconds(text: &str) -> Result<u64, String> {
    parse_seconds(text).map_err(|it| it.to_string())
}

fn time(text: &str) -> Result<Timestamp, String> {
    parse_time(text).map_err(|it| it.to_string())
}

pub(super) fn cmd_logs(args: &LogsArgs, session: &mut Session<'_>) -> Result<(), CommandError> {
    let filter = Filter::new(&args.include, &args.exclude)
        .map_err(|it| CommandError::all(it).unwrap_or(CommandError::Exit(2)))?;
    let (cluster, term) = session.open()?;
    let subject = subject(cluster, &args.job.name, term)?;
    let choice = args.choice();
    let plan = Plan::new(&subject, &choice)?;
    plan.announce(&choice, term);
    if !args.follow || subject.is_finished() {
        plan.check(&subject)?;
    } else if plan.is_empty() {
        term.note(format!("{}; waiting for them", subject.why_no_pods()));
    }
    let is_plural = plan.wanted.len() > 1
        || args.all_containers
        || (args.follow && !subject.is_finished() && !choice.is_single(&subject));
    let options = args.options(filter, is_plural, term);
    let (ends, is_closed) = {
        let (out, teller) = term.raw();
        let teller = RefCell::new(teller);
        let listener = |notice: Notice<'_>| tell(&mut teller.borrow_mut(), &notice);
        let outcome = if args.follow {
            live::follow(cluster, Asked { subject: &subject, choice: &choice, plan: &plan }, &options, out, &teller)?
        } else {
            let streams: Vec<_> = plan.wanted.iter().map(|it| it.stream.clone()).collect();
            cluster.read_logs(&streams, &options, out, &listener)?
        };
        (outcome.ends, outcome.is_closed)
    };
    if is_closed {
        return Err(CommandError::ClosedPipe);
    }
    ended::judge(ends, &plan, args, term)
}

/// Returns the job and its pods; of a job that is gone, the pods that it left.
fn subject(cluster: &Cluster, name: &JobRef, term: &mut Terminal) -> Result<Subject, CommandError> {
    let namespace = cluster.namespace();
    let error = match jobs::find(cluster, namespace, name) {
        Ok(found) => {
            return match jobs::pods(cluster, &found.job)? {
                Pods::Known(own) => Ok(Subject::live(found, own)),
                Pods::Forbidden(right) => Err(plan::PlanError::Forbidden(right).into()),
            };
        }
        Err(error @ JobError::NotFound { .. }) => error,
        Err(error) => return Err(error.into()),
    };
    let Some(gone) = jobs::gone(cluster, namespace, name)? else { return Err(error.into()) };
    term.warn(format!("{error}; these are the logs of the {} pod(s) that it left", gone.pods.len()));
    if gone.others > 0 {
        term.note(format!("{} pod(s) of older jobs of that name are left too; they are not shown", gone.others));
    }
    Ok(Subject::gone(&name.name, namespace, gone))
}

fn tell(teller: &mut Teller<'_>, notice: &Notice<'_>) {
    let say: Box<dyn Display> = match notice {
        Notice::Restarted(stream) => Box::new(format!("{} runs anew ({stream})", stream.label)),
        Notice::Recreated(stream) => Box::new(format!("{} is a new pod ({stream})", stream.label)),
        Notice::Retrying(stream, fault) => {
            return teller.warn(format!("{}: {fault}; trying again ({stream})", stream.label));
        }
        Notice::Refused(stream, fault) => return teller.warn(format!("{}: {fault}", stream.label)),
        Notice::Lost(stream, fault) => {
            return teller.warn(format!("the log of {} is not whole: {fault} ({stream})", stream.label));
        }
        Notice::Queued(limit) => {
            Box::new(format!("more than {limit} logs (--max-log-requests): the others wait until one has ended"))
        }
    };
    teller.note(say);
}

impl LogsArgs {
    fn choice(&self) -> Choice {
        Choice {
            replicas: self.replica.clone(),
            indices: self.index.clone(),
            chief: self.chief,
            previous: self.previous,
            containers: match &self.container {
                Some(name) => Containers::Named(name.clone()),
                None if self.all_containers => Containers::All,
                None => Containers::Training,
            },
        }
    }

    fn options(&self, filter: Filter, is_plural: bool, term: &Terminal) -> Options {
        let since = match (self.since, self.since_time) {
            (Some(seconds @ 1..), _) => Since::Seconds(seconds),
            (Some(0) | None, Some(time)) => Since::Time(time),
            (Some(0) | None, None) => Since::Beginning,
        };
        let form = match self.output {
            Output::Text => Form::Text,
            Output::Json => Form::Json,
            Output::Raw => Form::Raw,
        };
        Options {
            style: Style { form, timestamps: self.timestamps, terminal: term.out_is_terminal() },
            window: Window { since, tail: self.tail.and_then(|it| u64::try_from(it).ok()), previous: self.previous },
            filter,
            prefix: match self.prefix {
                When::Auto => is_plural,
                When::Always => true,
                When::Never => false,
            },
            colors: term.has_out_color(),
            merge: self.merge,
            limit: self.max_log_requests.and_then(|it| usize::try_from(it).ok()),
            pace: Pace::default(),
        }
    }
}
