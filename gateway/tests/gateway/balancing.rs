//! Which worker gets an invocation.

use bytes::Bytes;
use futures_util::future::join_all;

use crate::{
    fake_worker::{
        Behaviour::{Echo, Hang},
        FakeWorker,
    },
    harness::{Gateway, eventually},
};

/// Ten invocations in a batch cost a single wake-up, but no worker gets far ahead of the others.
#[tokio::test]
async fn invocations_that_come_together_share_a_batch() {
    let gateway = Gateway::start(&[Hang, Hang], &[]).await;
    let seen = || {
        let mut seen: Vec<usize> = gateway
            .workers
            .iter()
            .map(|worker| worker.seen().len())
            .collect();
        seen.sort_unstable();
        seen
    };
    let ten = join_all((0..10).map(|_| gateway.invoke("1")));
    let then_thirty = async {
        eventually(|| seen() == [0, 10]).await;
        join_all((0..30).map(|_| gateway.invoke("1"))).await
    };
    let check = async {
        eventually(|| seen().iter().sum::<usize>() == 40).await;
        let seen = seen();
        assert!(seen[1] - seen[0] <= 17, "{seen:?}");
    };
    tokio::select! {
        _ = ten => panic!("nobody answers"),
        _ = then_thirty => panic!("nobody answers"),
        () = check => {}
    }
}

#[tokio::test]
async fn the_worker_with_less_work_in_flight_is_chosen() {
    let gateway = Gateway::start(&[Hang, Hang], &[]).await;
    let large = gateway.invoke(vec![b'0'; 1 << 20]);
    let small = async {
        eventually(|| {
            gateway
                .workers
                .iter()
                .any(|worker| !worker.seen().is_empty())
        })
        .await;
        let small = (0..20).map(|_| gateway.invoke("1"));
        join_all(small).await
    };
    let check = async {
        let seen = |worker: &FakeWorker| worker.seen().iter().map(Bytes::len).collect::<Vec<_>>();
        eventually(|| {
            gateway
                .workers
                .iter()
                .map(|worker| worker.seen().len())
                .sum::<usize>()
                == 21
        })
        .await;
        let mut seen: Vec<_> = gateway.workers.iter().map(seen).collect();
        seen.sort_by_key(Vec::len);
        assert_eq!(seen, [vec![1 << 20], vec![1; 20]]);
    };
    tokio::select! {
        _ = large => panic!("nobody answers"),
        _ = small => panic!("nobody answers"),
        () = check => {}
    }
}

#[tokio::test]
async fn one_client_stays_with_one_worker_and_many_do_not_count_as_quiet() {
    let gateway = Gateway::start(&[Echo, Echo], &[]).await;
    for _ in 0..10 {
        gateway.invoke("x").await;
    }
    let mut quiet: Vec<_> = gateway.workers.iter().map(FakeWorker::quiet).collect();
    quiet.sort();
    assert_eq!(quiet, [vec![], vec![true; 10]]);

    let gateway = Gateway::start(&[Hang], &[]).await;
    let invoke_all = join_all((0..4).map(|_| gateway.invoke("x")));
    tokio::select! {
        _ = invoke_all => panic!("nobody answers"),
        () = eventually(|| gateway.workers[0].seen().len() == 4) => {}
    }
    assert_eq!(gateway.workers[0].quiet(), [true, true, false, false]);
}
