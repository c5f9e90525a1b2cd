#include "balancer/check_plan.h"
#include "balancer/conversation.h"
#include "config/check_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace weir::balancer {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using Kind = Conversation::Step::Kind;

/// What a check says and comes to when a server says `answer`, in pieces of `piece` bytes, and then
/// closes. (A real server waits for what it is asked; these do not, and a check must not mind.)
struct Talk {
  Talk(const std::string& check, std::string_view answer, std::size_t piece = 1) {
    const CheckPlan plan(*config::parse_check(check));
    const auto conversation = make_conversation(plan.config, plan.patterns, "10.0.0.1:80");
    std::size_t heard = 0;
    bool ended = false;
    for (;;) {
      const Conversation::Step step = conversation->next(answer.substr(0, heard), ended);
      if (step.kind == Kind::say) {
        said += step.text;
        continue;
      }
      if (step.kind != Kind::hear) {
        passed = step.kind == Kind::passed;
        verdict = step.text;
        return;
      }
      EXPECT_FALSE(ended) << "it would wait for ever";
      if (ended) return;
      ended = heard == answer.size();
      heard = std::min(answer.size(), heard + piece);
    }
  }
  std::string said;
  std::string verdict;
  bool passed = false;
};

TEST(TcpConversation, ToBeConnectedIsEnoughWithoutSteps) {
  const Talk talk("tcp", "");
  EXPECT_TRUE(talk.passed);
  EXPECT_EQ(talk.said, "");
}

TEST(TcpConversation, SaysAndExpectsInOrder) {
  const std::string check = R"(tcp expect=220 send=EHLO\x20weir\r\n expect_regex=^250\x20 )"s +
                            R"(send_hex=515549540d0a expect=221)";
  const std::string answer = "220 mail.example ESMTP\r\n250-SIZE\r\n250 HELP\r\n221 bye\r\n";
  for (const std::size_t piece : {1u, 7u, 1000u}) {
    const Talk talk(check, answer, piece);
    EXPECT_TRUE(talk.passed) << talk.verdict;
    EXPECT_EQ(talk.said, "EHLO weir\r\nQUIT\r\n");
  }
}

TEST(TcpConversation, WhatHasMetAnExpectationDoesNotMeetTheNext) {
  EXPECT_FALSE(Talk("tcp expect=ok expect=ok", "ok").passed);
  EXPECT_TRUE(Talk("tcp expect=ok expect=ok", "okok").passed);
  EXPECT_FALSE(Talk("tcp expect_regex=o.? expect=k", "ok", 1000).passed);
}

TEST(TcpConversation, ACaretBeginsALineAndNotTheRest) {
  EXPECT_FALSE(Talk("tcp expect=220 expect_regex=^ready", "220ready\r\n").passed);
  EXPECT_TRUE(Talk("tcp expect=220 expect_regex=^ready", "220\r\nready\r\n").passed);
}

TEST(TcpConversation, SaysWhichStepFailedAndWhatCame) {
  const Talk talk("tcp expect=220 expect_hex=00ff", "220\x01 \"no\"");
  EXPECT_FALSE(talk.passed);
  EXPECT_EQ(talk.verdict, R"(closed before expect no. 2 of its steps, after "\x01 \x22no\x22")");
}

TEST(RedisConversation, TakesPongAndTheWishForAPassword) {
  EXPECT_EQ(Talk("redis", "+PONG\r\n").said, "PING\r\n");
  EXPECT_TRUE(Talk("redis", "+PONG\r\n").passed);
  EXPECT_TRUE(Talk("redis", "-NOAUTH Authentication required.\r\n").passed);
  const Talk loading("redis", "-LOADING Redis is loading the dataset in memory\r\n", 100);
  EXPECT_FALSE(loading.passed);
  EXPECT_THAT(loading.verdict, HasSubstr("answered PING with \"-LOADING"));
  EXPECT_EQ(Talk("redis", "+PO").verdict, "closed after \"+PO\"");
}

TEST(HttpConversation, AsksForWhatIsConfigured) {
  EXPECT_THAT(Talk("http", "").said, HasSubstr("GET / HTTP/1.1\r\nHost: 10.0.0.1:80\r\n"));
  const Talk talk("http method=HEAD path=/health?a=b host=www.example", "");
  EXPECT_THAT(talk.said, HasSubstr("HEAD /health?a=b HTTP/1.1\r\nHost: www.example\r\n"));
}

TEST(HttpConversation, JudgesByTheStatus) {
  const auto answer = [](const std::string& status) {
    return "HTTP/1.1 " + status + " Words\r\nContent-Length: 5\r\n\r\nhello";
  };
  EXPECT_TRUE(Talk("http", answer("200")).passed);
  EXPECT_TRUE(Talk("http", answer("399")).passed);
  EXPECT_FALSE(Talk("http", answer("404")).passed);
  EXPECT_EQ(Talk("http", answer("503")).verdict, "answered with status 503");
  EXPECT_TRUE(Talk("http status=404", answer("404")).passed);
  EXPECT_FALSE(Talk("http status=200-204", answer("301")).passed);
}

TEST(HttpConversation, WaitsForTheAnswerBehindInterimOnes) {
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  const std::string good = "HTTP/1.1 200 OK\r\n\r\n";
  for (const std::size_t piece : {1u, 1000u}) {
    EXPECT_TRUE(Talk("http", hints + hints + good, piece).passed);
    EXPECT_FALSE(Talk("http", hints, piece).passed);
  }
}

TEST(HttpConversation, WhatIsNotHttpFails) {
  EXPECT_THAT(Talk("http", "SSH-2.0-OpenSSH\r\n", 100).verdict, HasSubstr("which is not HTTP"));
  EXPECT_THAT(Talk("http", "HTTP/1.1 20").verdict, HasSubstr("closed after \"HTTP/1.1 20\""));
  EXPECT_THAT(Talk("http", "").verdict, HasSubstr("closed after \"\""));
}

std::string postgres(char type, const std::string& body) {
  const auto size = static_cast<char>(body.size() + 4);
  return type + "\0\0\0"s + size + body;
}

TEST(PostgresqlConversation, BeginsASession) {
  const Talk talk("postgresql user=probe", postgres('R', "\0\0\0\12salt"s));
  EXPECT_TRUE(talk.passed) << talk.verdict;
  EXPECT_EQ(talk.said.size(), static_cast<unsigned char>(talk.said[3]));
  EXPECT_THAT(talk.said, HasSubstr("\0\3\0\0user\0probe\0database\0probe\0"s));
}

TEST(PostgresqlConversation, ToBeRefusedByNameIsEnoughToBeStartingIsNot) {
  const auto error = [](const std::string& state) {
    return postgres('E', "SFATAL\0C"s + state + "\0Mwhy it is\0\0"s);
  };
  for (const char* state : {"28000", "28P01", "3D000"})
    EXPECT_TRUE(Talk("postgresql", error(state)).passed);
  for (const char* state : {"57P03", "53300", "XX000"})
    EXPECT_FALSE(Talk("postgresql", error(state)).passed) << state;
  EXPECT_EQ(Talk("postgresql", error("57P03")).verdict, "answered \"why it is\"");
}

TEST(PostgresqlConversation, WhatIsNotItsProtocolFails) {
  EXPECT_FALSE(Talk("postgresql", "HTTP/1.1 400 Bad Request\r\n").passed);
  EXPECT_FALSE(Talk("postgresql", "R\0\0\0\0"s).passed);
  EXPECT_FALSE(Talk("postgresql", "R\xff\xff\xff\xff"s).passed);
  EXPECT_FALSE(Talk("postgresql", postgres('R', "\0\0\0\0"s).substr(0, 7)).passed);
  EXPECT_EQ(Talk("postgresql", postgres('E', "Mno end")).verdict, "answered \"no end\"");
  EXPECT_EQ(Talk("postgresql", postgres('E', "")).verdict, "answered \"\"");
}

std::string mysql(int sequence, const std::string& payload) {
  return static_cast<char>(payload.size()) + "\0\0"s + static_cast<char>(sequence) + payload;
}

const std::string kGreeting = mysql(0,
                                    "\x0a"
                                    "8.0.36\0rest of it"s);

TEST(MysqlConversation, AnswersTheGreetingAndLeavesInOrder) {
  const Talk talk("mysql user=probe", kGreeting + mysql(2, "\0\0\0\2\0\0\0"s));
  EXPECT_TRUE(talk.passed) << talk.verdict;
  EXPECT_EQ(talk.verdict, "let probe in");
  EXPECT_EQ(static_cast<unsigned char>(talk.said[0]) + 4u + 5u, talk.said.size());
  EXPECT_EQ(talk.said[3], 1) << "its number follows the greeting's";
  EXPECT_THAT(talk.said, HasSubstr("probe\0\0mysql_native_password\0"s));
  EXPECT_THAT(talk.said, ::testing::EndsWith("\1\0\0\0\1"s)) << "COM_QUIT";
}

TEST(MysqlConversation, ToBeRefusedByNameIsEnoughToBeFullIsNot) {
  const std::string denied = mysql(2, "\xff\x15\x04#28000Access denied");
  EXPECT_EQ(Talk("mysql", kGreeting + denied).verdict, "answered error 1045 \"Access denied\"");
  EXPECT_TRUE(Talk("mysql", kGreeting + denied).passed);
  EXPECT_FALSE(Talk("mysql", mysql(0, "\xff\x15\x04 before a word")).passed);
  EXPECT_FALSE(Talk("mysql", mysql(0, "\xff\x10\x04Too many connections")).passed);
  EXPECT_FALSE(Talk("mysql", kGreeting + mysql(2, "\xff\x10\x04Too many connections")).passed);
}

TEST(MysqlConversation, GoesAlongWithAnotherAuthentication) {
  const std::string other = mysql(2,
                                  "\xfe"
                                  "caching_sha2_password\0salt"s);
  const Talk refused("mysql", kGreeting + other + mysql(4, "\xff\x15\x04#28000Access denied"));
  EXPECT_TRUE(refused.passed);
  EXPECT_THAT(refused.said, ::testing::EndsWith("\0\0\0\3"s)) << "no password";
  EXPECT_TRUE(Talk("mysql", kGreeting + other + mysql(4, "\1\4")).passed);
}

TEST(MysqlConversation, WhatIsNotItsProtocolFails) {
  EXPECT_FALSE(Talk("mysql", "HTTP/1.1 400 Bad Request\r\n").passed);
  EXPECT_FALSE(Talk("mysql", mysql(0, "\x09old")).passed);
  EXPECT_FALSE(Talk("mysql", "\0\0\0\0\0"s).passed);
  EXPECT_FALSE(Talk("mysql", kGreeting).passed);
  EXPECT_FALSE(Talk("mysql", "").passed);
}

/// Whatever a server says, a check comes to an end without reading past it.
TEST(EveryConversation, EndsWhateverComes) {
  std::mt19937 random(7);
  const std::vector<std::string> checks = {"tcp expect=x expect_regex=^y+", "redis", "http",
                                           "postgresql", "mysql"};
  const std::vector<std::string> begins = {"",
                                           "+PO",
                                           "HTTP/1.1 200",
                                           "R\0\0\0"s,
                                           "E\0\0\0\x10"
                                           "C"s,
                                           kGreeting,
                                           kGreeting + "\3\0\0\2\xff"s};
  for (const std::string& check : checks)
    for (int i = 0; i < 3000; ++i) {
      std::string answer = begins[random() % begins.size()];
      for (std::size_t left = random() % 40; left > 0; --left)
        answer += static_cast<char>(random() % 4 == 0 ? 0 : random());
      Talk(check, answer, 1 + random() % 20);
    }
}

}  // namespace
}  // namespace weir::balancer
