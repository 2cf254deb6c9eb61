//! `keystile completions` and `keystile man`: the command line, told to shells and to `man`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

use super::Arguments;
use super::failure::Failure;
use super::output::{Output, print};

#[derive(Args)]
#[command(after_help = "Examples:
  keystile completions bash > /etc/bash_completion.d/keystile
  keystile completions zsh > \"${fpath[1]}/_keystile\"
  keystile completions fish > ~/.config/fish/completions/keystile.fish")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Args)]
#[command(after_help = "Examples:
  keystile man | man -l -
  keystile man --out /usr/local/share/man/man1")]
pub(super) struct Man {
    /// Folder for a page of every command; without it, the page of `keystile` is printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "keystile", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}

impl Man {
    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        let mut command = Arguments::command();
        command.build();
        let Some(folder) = self.out else { return print(&String::from_utf8_lossy(&page(&command)?)) };
        let mut pages = Vec::new();
        collect(&command, &mut pages)?;
        for (name, page) in &pages {
            let path = folder.join(name);
            fs::write(&path, page).map_err(|source| Failure::Written { path, source })?;
        }
        let names: Vec<_> = pages.into_iter().map(|(name, _)| name).collect();
        output.answer(&json!({ "pages": names }), || format!("{} pages in {}", names.len(), folder.display()))
    }
}

fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// The page of a command is called after its whole path: `keystile-keys-list.1`.
fn collect(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    pages.push((format!("{name}.1"), page(command)?));
    let mut below = command.get_subcommands().filter(|below| below.get_name() != "help");
    below.try_for_each(|below| collect(below, pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_every_shell_a_script() {
        let mut command = Arguments::command();
        command.build();
        let mut pages = Vec::new();
        collect(&command, &mut pages).unwrap();
        let page = |name: &str| &pages.iter().find(|(it, _)| it == name).unwrap().1;
        assert!(String::from_utf8_lossy(page("keystile-keys-list.1")).contains(".TH"));
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command, "keystile", &mut script);
            assert!(String::from_utf8_lossy(&script).contains("emergency"), "{shell}");
        }
    }
}
