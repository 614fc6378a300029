// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Clouds that come through a pipe, and files that are called something else.
#include <sys/stat.h>

#include <thread>

#include "core/io/lzf.h"
#include "tests/io/layouts_support.h"

namespace treewalk {
namespace {

Cloud through_a_pipe(const Folder& folder, const std::string& content) {
  const auto pipe = folder / "pipe";
  std::filesystem::remove(pipe);
  EXPECT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { save(pipe, content); });
  Cloud cloud;
  const std::string error = error_of([&] { cloud = read_cloud(pipe); });
  writer.join();
  EXPECT_EQ(error, "");
  return cloud;
}

TEST(Pipes, GiveWhatTheFileWouldGive) {
  const Folder folder;
  const Cloud cloud = every_type(301, 70, false);  // more than a pipe holds at once
  for (const char* name : {"a.pcd", "b.pcd", "c.ply"}) {
    if (name[0] == 'a' && !has_lzf()) continue;
    write_cloud(folder / name, cloud, name[0] == 'a');
    const Cloud piped = through_a_pipe(folder, load(folder / name));
    expect_same(piped, cloud);
    EXPECT_EQ(piped.viewpoint, cloud.viewpoint);
  }
  const std::string mesh = "# a triangle\nOFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n";
  EXPECT_EQ(through_a_pipe(folder, mesh).size(), 2048);
  EXPECT_EQ(through_a_pipe(folder, "FIELDS x y z\nPOINTS 1\nDATA ascii\n1 2 3\n").size(), 1);
}

TEST(Pipes, AnythingElseIsNamed) {
  const Folder folder;
  EXPECT_NE(error_of([&] { read_cloud("/dev/zero"); }).find("is a device"), std::string::npos);
  for (const std::string content : {"", "8 6 12\n0 0 0\n", "hello"}) {
    save(folder / "cloud", content);
    expect_says(error_of([&] { read_cloud(folder / "cloud"); }), {"cloud: ", content.empty() ? "empty" : ".off"});
  }
}

TEST(Pipes, TheContentOfAFileDecidesNotItsName) {
  const Folder folder;
  const Cloud cloud = every_type(5, 2, false);
  write_cloud(folder / "a.ply", cloud);
  write_cloud(folder / "b.pcd", cloud, false);
  for (const char* name : {"cloud", "cloud.pcd", "cloud.ply", "cloud.txt"})
    for (const char* from : {"a.ply", "b.pcd"}) {
      save(folder / name, load(folder / from));
      expect_same(read_cloud(folder / name), cloud);
    }
}

}  // namespace
}  // namespace treewalk
