//! A disk that is full, and one that the system makes read-only, as it does when a disk breaks: real file systems, which
//! only the administrator of a machine may mount.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::figures::Figures;
use super::house::FaultyHouse;
use super::{judge, load::Load};

/// The data folder and what a minute of load adds to it, with room for the ballast.
const DISK: &str = "96M";
/// So long each state of the disk lasts.
const WHILE: Duration = Duration::from_secs(2);

/// What was counted on a disk that misbehaved.
#[derive(Debug)]
pub struct DiskFigures {
    /// While it was full, twice: once the server lived through it, once it was killed in it.
    pub full: Figures,
    /// While it was read-only.
    pub read_only: Figures,
}

impl DiskFigures {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({ "full": self.full.to_json(), "read_only": self.read_only.to_json() })
    }
}

/// Whether this user may mount file systems here and break them; otherwise the faults of disks cannot be tried.
pub fn may_mount() -> bool {
    Disk::in_memory().is_ok() && Disk::on_a_file().and_then(|disk| disk.break_down()).is_ok()
}

/// Fills the disk, and makes it read-only, under load.
pub async fn disk_faults(seed: u64) -> Result<DiskFigures> {
    Ok(DiskFigures {
        full: full(seed).await.context("the full disk")?,
        read_only: read_only(seed).await.context("the read-only disk")?,
    })
}

async fn full(seed: u64) -> Result<Figures> {
    let disk = Disk::in_memory()?;
    let mut house = FaultyHouse::build(Some(&disk.data())).await?;
    let load = Load::begin(&house.door(), seed);
    tokio::time::sleep(WHILE).await;
    let ballast = disk.fill()?;
    tokio::time::sleep(WHILE).await;
    // Without a restart, as soon as there is room.
    fs::remove_file(ballast)?;
    tokio::time::sleep(WHILE).await;
    let ballast = disk.fill()?;
    tokio::time::sleep(WHILE).await;
    house.admin.kill();
    fs::remove_file(ballast)?;
    house.start().await?;
    finish(house, load, 1, "disk_full").await
}

async fn read_only(seed: u64) -> Result<Figures> {
    let disk = Disk::on_a_file()?;
    let mut house = FaultyHouse::build(Some(&disk.data())).await?;
    let load = Load::begin(&house.door(), seed);
    tokio::time::sleep(WHILE).await;
    disk.break_down()?;
    tokio::time::sleep(WHILE).await;
    house.admin.kill();
    let disk = disk.repaired()?;
    house.start().await?;
    let figures = finish(house, load, 1, "disk_failed").await;
    drop(disk);
    figures
}

/// Lets the server work on for a while, and judges.
async fn finish(house: FaultyHouse, load: Load, kills: u32, told: &str) -> Result<Figures> {
    tokio::time::sleep(WHILE).await;
    let ledger = load.end()?;
    house.until_all_is_pushed().await?;
    let mut figures = Figures { kills, ..Figures::default() };
    judge::everything(&house, &ledger, &mut figures)?;
    let refused: &BTreeMap<String, u64> = &figures.refused;
    ensure!(refused.contains_key(told), "nobody was told `{told}`: {refused:?}");
    Ok(figures)
}

/// A file system of its own, unmounted when it is dropped.
struct Disk {
    at: PathBuf,
    image: Option<PathBuf>,
    // Last, so that it goes when nothing is mounted in it any more.
    _folder: TempDir,
}

impl Disk {
    fn in_memory() -> Result<Self> {
        let folder = TempDir::new()?;
        let at = folder.path().join("disk");
        fs::create_dir(&at)?;
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK}"), "keystile-test"])
            .arg(&at))?;
        Ok(Self { at, image: None, _folder: folder })
    }

    fn on_a_file() -> Result<Self> {
        let folder = TempDir::new()?;
        let (at, image) = (folder.path().join("disk"), folder.path().join("image"));
        fs::create_dir(&at)?;
        run(Command::new("truncate").args(["--size", DISK]).arg(&image))?;
        run(Command::new("mkfs.ext4").arg("-q").arg(&image))?;
        let disk = Self { at, image: Some(image), _folder: folder };
        disk.mount()?;
        Ok(disk)
    }

    fn mount(&self) -> Result<()> {
        let image = self.image.as_ref().context("no image")?;
        run(Command::new("mount").args(["-o", "loop,errors=remount-ro"]).arg(image).arg(&self.at))
    }

    fn data(&self) -> PathBuf {
        self.at.join("data")
    }

    /// Takes all the room there is.
    fn fill(&self) -> Result<PathBuf> {
        let path = self.at.join("ballast");
        let mut file = File::create(&path)?;
        for size in [1 << 20, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Ok(path)
    }

    /// As a broken disk does it: the file system sees an error, and from then on lets nobody write.
    fn break_down(&self) -> Result<()> {
        let source =
            Command::new("findmnt").args(["--noheadings", "--output", "SOURCE"]).arg(&self.at).output()?;
        let source = String::from_utf8(source.stdout)?;
        let device = Path::new(source.trim()).file_name().context("no device")?;
        let switch = Path::new("/sys/fs/ext4").join(device).join("trigger_fs_error");
        Ok(OpenOptions::new().write(true).open(switch)?.write_all(b"keystile test")?)
    }

    /// The same disk, checked and mounted again.
    fn repaired(self) -> Result<Self> {
        run(Command::new("umount").arg(&self.at))?;
        // 1 says that something was repaired.
        let checked = quiet(Command::new("e2fsck").arg("-fy").args(&self.image)).status()?;
        ensure!(checked.code().is_some_and(|code| code <= 1), "the disk cannot be repaired: {checked}");
        self.mount()?;
        Ok(self)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.at));
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = quiet(command).status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}
