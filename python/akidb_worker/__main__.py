"""``python -m akidb_worker``: the streams are taken and the warden is split off before anything else is imported."""

from akidb_worker.standard_streams import take_standard_streams

if __name__ == "__main__":
    frames_in, frames_out = take_standard_streams()

    from akidb_worker.warden import fork_worker

    parent = fork_worker((frames_in, frames_out))

    from akidb_worker.process import run

    run(frames_in, frames_out, parent)
